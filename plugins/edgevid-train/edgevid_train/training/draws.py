"""Random numbers of an epoch: a resumed run draws what an uninterrupted one would have."""

from __future__ import annotations

from typing import Literal

import numpy as np

_STREAMS = {"order": 1, "mixing": 2, "torch": 3}


def epoch_draws(
    seed: int, epoch: int, what: Literal["order", "mixing", "torch"]
) -> np.random.Generator:
    """A generator of its own for each epoch and purpose.

    Args:
        seed: Of the run.
        epoch: From 0.
        what: What is drawn.
    """
    # Windows are drawn by (seed, epoch, index), which NumPy fills up with a zero.
    return np.random.default_rng((seed, epoch, 0, _STREAMS[what]))
