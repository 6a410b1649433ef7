"""Classes to show for a prediction: the top one, or all likely ones where they may co-occur."""

from __future__ import annotations

import numpy as np

from edgevid.card import Card
from edgevid.types import Prediction

_LIKELY = 0.5


def active_classes(prediction: Prediction, card: Card) -> list[int]:
    """Class indices to show, the most likely first; none during warm-up.

    Scores of a sigmoid model do not compete: its top class may be as unlikely as all others.
    """
    if not prediction.valid:
        return []
    if card.activation == "softmax":
        return [prediction.top]
    order = np.argsort(-prediction.scores, kind="stable")
    return [int(index) for index in order if prediction.scores[index] >= _LIKELY]
