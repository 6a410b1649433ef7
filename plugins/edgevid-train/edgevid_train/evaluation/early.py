"""Early recognition: accuracy against the observed part of a behaviour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgevid import ConfigError
from edgevid_train.evaluation.metrics import Array, softmax
from edgevid_train.evaluation.scoring import ClipScores

PARTS: tuple[float, ...] = tuple(round(0.1 * step, 1) for step in range(1, 11))
"""Parts of the hold phase, as fractions."""

_ROUNDING = 1e-6


def early_score(
    scores: ClipScores, hold: tuple[float, float], part: float, temperature: float
) -> Array:
    """Score of a behaviour of which only the first part was seen.

    Args:
        scores: Of the clip from its start.
        hold: Start and end of the behaviour, seconds.
        part: Fraction of it, in (0, 1].
        temperature: Of the softmax.

    Returns:
        Mean probabilities of the frames from the start of the hold to that point, (K,); of the
        frame at that point or the last before it if the part is shorter than one period. Frames of
        the warm-up count as long as there are no others: a decision is made in any case.
    """
    if not 0 < part <= 1:
        raise ConfigError(f"part is {part}; give a fraction above 0, at most 1")
    until = hold[0] + part * (hold[1] - hold[0]) + _ROUNDING
    observed = scores.times <= until
    during = observed & (scores.times >= hold[0] - _ROUNDING)
    if (during & scores.valid).any():
        during &= scores.valid
    if not during.any():
        during = np.zeros(len(observed), bool)
        during[max(0, int(observed.sum()) - 1)] = True
    mean: Array = softmax(scores.logits[during], temperature).mean(axis=0)
    return mean


def early_accuracy(
    scores: Sequence[ClipScores],
    holds: Sequence[tuple[float, float] | None],
    labels: Sequence[int],
    temperature: float,
) -> list[tuple[float, float, int]]:
    """Accuracy for each part of the hold phase.

    Args:
        scores: One per clip.
        holds: One per clip; clips with None take no part.
        labels: Class index of each clip.
        temperature: Of the softmax.

    Returns:
        (part, accuracy, number of clips) for 10 % … 100 %; empty if no clip has a hold phase.
    """
    known = [
        (score, hold, label)
        for score, hold, label in zip(scores, holds, labels, strict=True)
        if hold is not None
    ]
    if not known:
        return []
    curve = []
    for part in PARTS:
        right = [
            int(early_score(score, hold, part, temperature).argmax()) == label
            for score, hold, label in known
        ]
        curve.append((part, float(np.mean(right)), len(known)))
    return curve
