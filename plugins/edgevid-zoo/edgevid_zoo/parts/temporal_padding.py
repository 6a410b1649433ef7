"""Padding over time: one network, for clips and for streams.

A network that asks one of these for its padding, and convolves without any in time, is written
once: with zeros at both ends it is the published one; with zeros in the past only it is causal,
and then frame by frame, with the last frames as states, it gives the same numbers.

Reference:
    Kondratyuk et al., "MoViNets: Mobile Video Networks for Efficient Video Recognition", CVPR 2021,
    https://arxiv.org/abs/2103.11511: causal convolutions, and a buffer of what came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad


class TemporalPadding(Protocol):
    """Lengthens features in time for a kernel of odd length and stride 1.

    Paper: stream buffers of MoViNets, https://arxiv.org/abs/2103.11511.
    Input: features, (N, C, T, H, W).
    """

    def __call__(self, x: Tensor, kernel: int) -> Tensor:
        """(N, C, T, H, W) to (N, C, T + kernel - 1, H, W)."""
        ...


def zeros_both_sides(x: Tensor, kernel: int) -> Tensor:
    """Pad equally into the past and the future: clips, not causal."""
    return pad(x, (0, 0, 0, 0, kernel // 2, kernel // 2)) if kernel > 1 else x


def zeros_before(x: Tensor, kernel: int) -> Tensor:
    """Into the past alone: the causal form of clips."""
    return pad(x, (0, 0, 0, 0, kernel - 1, 0)) if kernel > 1 else x


class PastFrames:
    """The causal form on a stream: what came before stands in the states, (N, C, kernel-1, H, W).

    Zeros are the states of a start, and stand for the padding of ``zeros_before``.

    Paper: stream buffers of MoViNets, https://arxiv.org/abs/2103.11511.
    Input: features, (N, C, T, H, W).
    """

    def __init__(self, states: Sequence[Tensor]) -> None:
        """Take the states of all convolutions over time, in the order of use."""
        self._remaining = iter(states)
        self.following: list[Tensor] = []
        """Next states of the convolutions that ran so far."""

    def __call__(self, x: Tensor, kernel: int) -> Tensor:
        """(N, C, T, H, W), mostly with T = 1, to (N, C, T + kernel - 1, H, W)."""
        if kernel == 1:
            return x
        joined = torch.cat([next(self._remaining), x], dim=2)
        self.following.append(joined[:, :, joined.shape[2] - (kernel - 1) :])
        return joined
