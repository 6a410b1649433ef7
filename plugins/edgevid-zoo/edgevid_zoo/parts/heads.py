"""Heads: from features to logits, and to the maps that show where they come from.

References:
    Wang et al., "Temporal Segment Networks", ECCV 2016, https://arxiv.org/abs/1608.00859.
    Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016,
    https://arxiv.org/abs/1512.04150.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def class_maps(features: Tensor, classifier: nn.Linear) -> Tensor:
    """Maps (N, K, h, w) of features (N, C, h, w): their mean plus the bias is the logits."""
    return torch.nn.functional.conv2d(features, classifier.weight[:, :, None, None])


def frame_scores(
    features: Tensor, classifier: nn.Linear, dropout: nn.Module
) -> tuple[Tensor, Tensor]:
    """Logits (N, K) and class activation maps (N, K, h, w) of frames' features (N, C, h, w)."""
    logits: Tensor = classifier(dropout(features.mean(dim=(2, 3))))
    return logits, class_maps(features, classifier)


def frame_logits(features: Tensor, classifier: nn.Linear, dropout: nn.Module) -> Tensor:
    """Logits (N, T, K) of the features (N, T, C, h, w) of each frame."""
    logits: Tensor = classifier(dropout(features.mean(dim=(3, 4))))
    return logits


def clip_scores(
    features: Tensor, classifier: nn.Linear, dropout: nn.Module
) -> tuple[Tensor, Tensor]:
    """Segment consensus: the mean over a clip's frames, before the softmax.

    Args:
        features: (N, T, C, h, w).
        classifier: From C features to K logits.
        dropout: Applied to the pooled features of each frame.

    Returns:
        Logits (N, K), and class activation maps (N, K, h, w) with the same mean over frames.
    """
    logits = frame_logits(features, classifier, dropout).mean(dim=1)
    return logits, class_maps(features.mean(dim=1), classifier)
