"""Percentile bootstrap: the same arguments give the same interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LEVEL = 0.95
"""Share of the resampled values inside an interval."""


def resamples(number: int, rounds: int, seed: int) -> Array:
    """Return the draws of each of ``number`` units in each round: int64, (rounds, number)."""
    return np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), rounds)


def percentile_interval(values: Array, level: float = LEVEL) -> tuple[float, float]:
    """Lower and upper bound of the middle ``level`` of resampled values, (rounds,)."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
