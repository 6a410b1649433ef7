"""Calibration of a model's probabilities, as the card has them and after fitting anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.metrics import Array, softmax
from edgevid_train.evaluation.scoring import ClipScores
from edgevid_train.evaluation.temperature import fit_temperature

_FOLDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Probabilities of single frames, which are what the runtime shows and thresholds."""

    labels: Array
    """Class indices, (N,)."""
    before: Array
    """With the temperature of the card, (N, K)."""
    after: Array
    """Each half of the drivers with the temperature fitted on the other half, (N, K)."""
    temperature: float
    """Fitted on all frames: the one to put into the card."""


def calibrate(
    clips: Sequence[LabelledClip],
    scores: Sequence[ClipScores],
    labels: Sequence[int],
    card_temperature: float,
) -> Calibration:
    """Compare a card's temperature with a fitted one.

    Frames count that are valid and, where the clip says so, lie in its hold phase: before it the
    behaviour is not there yet. A temperature judged on the frames it was fitted on looks better
    than it is, so that "after" is cross-fitted: over drivers, or over clips if there is one driver.

    Args:
        clips: At least one.
        scores: One per clip.
        labels: Class index of each clip.
        card_temperature: What the runtime divides by today.
    """
    frames = [s.logits[s.used] for s in scores]
    logits = np.concatenate(frames)
    truth = np.repeat(np.array(labels), [len(part) for part in frames])
    fold = np.repeat(_folds(clips), [len(part) for part in frames])
    temperature = fit_temperature(logits, truth)
    after = softmax(logits, temperature)
    if len(set(fold)) > 1:
        for index in range(_FOLDS):
            here = fold == index
            after[here] = softmax(logits[here], fit_temperature(logits[~here], truth[~here]))
    return Calibration(truth, softmax(logits, card_temperature), after, temperature)


def _folds(clips: Sequence[LabelledClip]) -> Array:
    drivers = sorted({clip.driver for clip in clips})
    if len(drivers) == 1:
        return np.arange(len(clips)) % _FOLDS
    return np.array([drivers.index(clip.driver) % _FOLDS for clip in clips])
