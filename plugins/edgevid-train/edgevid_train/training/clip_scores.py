"""Score of a clip: the mean probability of the frames that count, as in a stream."""

from __future__ import annotations

import torch
from torch import Tensor

_SMALLEST = 1e-6


def clip_scores(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Scores and true classes of clips.

    Args:
        logits: (N, T, K); T is 1 where a network judges whole clips.
        targets: One-hot or shares, (N, T, K); a row of zeros does not count.

    Returns:
        Mean probabilities (M, K) and the class of most frames (M,), of those M clips in which any
        frame counts.
    """
    weights = targets.sum(-1, keepdim=True)
    scores = (logits.softmax(-1) * weights).sum(1) / weights.sum(1).clamp(min=_SMALLEST)
    truth = targets.sum(1).argmax(-1)
    counted = weights.sum((1, 2)) > 0
    return scores[counted], truth[counted]


def count_confusions(scores: Tensor, truth: Tensor) -> Tensor:
    """Return the number of clips of each class (row) taken for each (column).

    Args:
        scores: (M, K).
        truth: int64, (M,).

    Returns:
        float32, (K, K), so that processes can add theirs.
    """
    classes = scores.shape[-1]
    places = truth * classes + scores.argmax(-1)
    return torch.bincount(places, minlength=classes**2).reshape(classes, classes).float()
