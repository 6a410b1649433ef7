"""The temporal shift: some channels of the current frame are those of a neighbouring frame.

Reference:
    Lin et al., "TSM: Temporal Shift Module for Efficient Video Understanding", ICCV 2019,
    https://arxiv.org/abs/1811.08383.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Direction = Literal["past", "future", "both"]


def shift_clip(x: Tensor, fold: int, direction: Direction = "past") -> Tensor:
    """Shift channels along time, zeros entering at the clip's end.

    Slices are joined and nothing is written in place: in-place slices export as scatter chains.

    Args:
        x: Features of a clip, (N, T, C, H, W).
        fold: How many channels move in one direction.
        direction: Where the moved channels come from. ``past`` is causal and moves the first
            ``fold``; ``both`` takes those from the future and the next ``fold`` from the past, in
            the order of mit-han-lab's weights, which the paper's figure and PaddleVideo reverse.

    Returns:
        (N, T, C, H, W).
    """
    if direction == "both":
        ahead, rest = x[:, :, :fold], x[:, :, fold:]
        return torch.cat([shift_clip(ahead, fold, "future"), shift_clip(rest, fold)], dim=2)
    moved, kept = x[:, :, :fold], x[:, :, fold:]
    empty = torch.zeros_like(moved[:, :1])
    if direction == "past":
        moved = torch.cat([empty, moved[:, :-1]], dim=1)
    else:
        moved = torch.cat([moved[:, 1:], empty], dim=1)
    return torch.cat([moved, kept], dim=2)


def shift_online(x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """One frame of the causal shift.

    Args:
        x: Features of the current frame, (N, C, H, W).
        state: First channels of the previous frame, (N, fold, H, W); zeros after a reset.

    Returns:
        Shifted features, (N, C, H, W), and the state for the next frame, (N, fold, H, W).
    """
    fold = state.shape[1]
    return torch.cat([state, x[:, fold:]], dim=1), x[:, :fold]
