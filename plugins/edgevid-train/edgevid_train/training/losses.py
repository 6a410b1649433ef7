"""Losses per frame: soft labels, and only where the label is known."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn import functional

from edgevid_train.data.frame_labels import IGNORED


def soft_targets(labels: Tensor, num_classes: int, smoothing: float) -> Tensor:
    """Label smoothing (Szegedy et al. 2016, https://arxiv.org/abs/1512.00567).

    Args:
        labels: int64, (N, T); ``IGNORED`` gives zeros.
        num_classes: K.
        smoothing: Share that all classes divide.

    Returns:
        (N, T, K).
    """
    known = labels != IGNORED
    hard = functional.one_hot(labels.clamp(min=0), num_classes).float()
    soft = hard * (1 - smoothing) + smoothing / num_classes
    return soft * known[..., None]


def clip_targets(targets: Tensor) -> Tensor:
    """The target of a whole clip: each class by the share of the frames that show it.

    A prediction of a clip covers the interval from its oldest to its newest frame, and the
    heads of such networks are means over frames; the label of the newest frame alone would ask
    them for a part of their view that many cannot tell from the rest. So an event's start shows
    when half of a clip is behind it. Frames without a label lessen the weight of the clip.

    Args:
        targets: Of frames, (N, T, K); rows of zeros have no label.

    Returns:
        (N, 1, K); the sum over classes is the share of the frames that have a label.
    """
    return targets.mean(dim=1, keepdim=True)


def frame_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over frames, or clips, that have a target, each by its weight.

    Args:
        logits: (N, T, K); T is 1 for clips.
        targets: (N, T, K); a row of zeros does not count.
    """
    weight = targets.sum(-1)
    losses = -(targets * functional.log_softmax(logits.float(), dim=-1)).sum(-1)
    return losses.sum() / weight.sum().clamp(min=1e-6)


def finding_loss(scores: Tensor, cells: Tensor) -> Tensor:
    """Cross-entropy of where things are.

    Args:
        scores: (N, T, W, C + 1).
        cells: int64, (N, T, W); ``IGNORED`` where unknown.
    """
    if not (cells != IGNORED).any():
        return scores.sum() * 0
    return functional.cross_entropy(
        scores.float().flatten(0, 2), cells.flatten(), ignore_index=IGNORED
    )


def distillation_loss(logits: Tensor, teacher: Tensor, known: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence from the teacher at a temperature (Hinton et al. 2015).

    Args:
        logits: (N, T, K).
        teacher: (N, T, K).
        known: bool, (N, T): the frames that count.
        temperature: Softens both.
    """
    student = functional.log_softmax(logits.float() / temperature, dim=-1)
    wanted = functional.softmax(teacher.float() / temperature, dim=-1)
    per_frame = functional.kl_div(student, wanted, reduction="none").sum(-1)
    return (per_frame * known).sum() / known.sum().clamp(min=1) * temperature**2


def mixed(clips: Tensor, targets: Tensor, share: float, order: Tensor) -> tuple[Tensor, Tensor]:
    """Video mix-up (Zhang et al. 2018, https://arxiv.org/abs/1710.09412): whole clips are blended.

    Args:
        clips: uint8, (N, T, H, W, 3).
        targets: (N, T, K).
        share: Of the clip itself; the rest is the other's.
        order: Which other clip, (N,).
    """
    blended = clips.float() * share + clips[order].float() * (1 - share)
    # A frame whose partner has no label keeps its own, at its own weight.
    return blended, targets * share + targets[order] * (1 - share)


def mix_share(alpha: float, rng: np.random.Generator) -> float:
    """A share from Beta(alpha, alpha)."""
    return float(rng.beta(alpha, alpha))
