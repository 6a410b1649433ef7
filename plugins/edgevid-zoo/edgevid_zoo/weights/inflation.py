"""Inflation: weights of images as weights of clips.

Reference:
    Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017,
    https://arxiv.org/abs/1705.07750.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from edgevid import WeightsError

Over = Literal["mean", "centre", "last"]


def inflate(
    weights: Mapping[str, Tensor], shapes: Mapping[str, Tensor], over: Over = "mean"
) -> dict[str, Tensor]:
    """Weights of a network of images, in the shapes of a network of clips.

    On a still clip both networks then have the same features: with ``mean`` in those frames which
    see no zeros of the padding in time, with ``centre`` in all of them, and with ``last`` in all of
    them if padding is in the past only.

    Args:
        weights: ``state_dict`` of the network of images, with the names of that of clips.
        shapes: ``state_dict`` of the network of clips, of which shapes alone are read; it may hold
            more names, for example of non-local blocks.
        over: What stands over time: the kernel repeated kt times and divided by kt; or the kernel
            in the middle frame, or in the last one, and zeros elsewhere.

    Returns:
        Those of ``weights`` whose name is in ``shapes``, (O, I, h, w) as (O, I, kt, h, w).

    Raises:
        WeightsError: If a name is in both, and the shapes are not the same but for time.
    """
    return {
        name: _inflated(name, weight, shapes[name].shape, over)
        for name, weight in weights.items()
        if name in shapes
    }


def _inflated(name: str, weight: Tensor, shape: torch.Size, over: Over) -> Tensor:
    if weight.shape == shape:
        return weight
    if len(shape) != 5 or weight.shape != (*shape[:2], *shape[3:]):
        raise WeightsError(
            f"{name}: {tuple(weight.shape)} cannot be inflated to {tuple(shape)}: only an axis of "
            f"time may come in between, at the third place"
        )
    kernel = shape[2]
    if over == "mean":
        return (weight / kernel)[:, :, None].repeat(1, 1, kernel, 1, 1)
    inflated = weight.new_zeros(shape)
    inflated[:, :, kernel // 2 if over == "centre" else -1] = weight
    return inflated
