"""The temporal shift: some channels of the current frame are those of a neighbouring frame.

Reference:
    Lin et al., "TSM: Temporal Shift Module for Efficient Video Understanding", ICCV 2019,
    https://arxiv.org/abs/1811.08383.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

Direction = Literal["past", "future", "both", "both_past_first"]

FOLD_DIVISOR = 8
"""One channel in eight is shifted in each direction."""
_BOTH: dict[str, tuple[Direction, Direction]] = {
    "both": ("future", "past"),
    "both_past_first": ("past", "future"),
}
"""Where the first channels come from, and where the next."""


def shift_clip(x: Tensor, fold: int, direction: Direction = "past") -> Tensor:
    """Shift channels along time, zeros entering at the clip's end.

    Slices are joined and nothing is written in place: in-place slices export as scatter chains.

    Args:
        x: Features of a clip, (N, T, C, H, W).
        fold: How many channels move in one direction.
        direction: Where the moved channels come from. ``past`` is causal and moves the first
            ``fold``; ``both`` takes those from the future and the next ``fold`` from the past, in
            the order of mit-han-lab's weights; ``both_past_first`` is that of the paper's figure
            and of PaddleVideo.

    Returns:
        (N, T, C, H, W).
    """
    if direction in _BOTH:
        one, other = _BOTH[direction]
        first, rest = x[:, :, :fold], x[:, :, fold:]
        return torch.cat([shift_clip(first, fold, one), shift_clip(rest, fold, other)], dim=2)
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


class ClipShift:
    """The shift on the features of clips, for one block after the other.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: features, (N*T, C, H, W).
    """

    def __init__(
        self, length: int, direction: Direction = "past", divisor: int = FOLD_DIVISOR
    ) -> None:
        """Prepare for clips of ``length`` frames; one channel in ``divisor`` moves each way."""
        self._length = length
        self._direction: Direction = direction
        self._divisor = divisor

    def __call__(self, features: Tensor, block: str = "") -> Tensor:
        """Features (N*T, C, H, W) to shifted ones of the same shape."""
        frames = features.unflatten(0, (-1, self._length))
        return shift_clip(frames, features.shape[1] // self._divisor, self._direction).flatten(0, 1)


class OnlineShift:
    """The causal shift on one frame, for one block after the other, each with its state.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: features, (N, C, H, W).
    """

    def __init__(self, states: Sequence[Tensor]) -> None:
        """Take the states of all shifted blocks, in order."""
        self._remaining = iter(states)
        self.following: list[Tensor] = []
        """Their next states, as far as blocks were called."""

    def __call__(self, features: Tensor, block: str = "") -> Tensor:
        """Features (N, C, H, W) to shifted ones of the same shape."""
        shifted, state = shift_online(features, next(self._remaining))
        self.following.append(state)
        return shifted
