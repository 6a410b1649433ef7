"""Convolution over time inside a network of frames, and the neighbouring frames that it sees.

Reference:
    Jiang et al., "STM: SpatioTemporal and Motion Encoding for Action Recognition", ICCV 2019,
    https://arxiv.org/abs/1908.02486: a kernel of its own for each channel, which starts as a shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edgevid_zoo.parts.temporal_padding import TemporalPadding

KERNEL = 3


@dataclass(frozen=True)
class Neighbours:
    """Order of the frames of a batch, and the padding beyond the ends of a clip.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: features, (N*T, C, H, W).
    """

    length: int
    """Frames of a clip; 1 on a stream."""
    padding: TemporalPadding

    def __call__(self, x: Tensor, kernel: int) -> Tensor:
        """(N*T, C, H, W) to what a kernel over time sees, (N, C, T + kernel - 1, H, W)."""
        return self.padding(x.unflatten(0, (-1, self.length)).transpose(1, 2), kernel)


def as_frames(x: Tensor) -> Tensor:
    """(N, C, T, H, W) to (N*T, C, H, W)."""
    return x.transpose(1, 2).flatten(0, 1)


class TemporalConv(nn.Conv2d):
    """Three frames at each place, without bias; the shape stays.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: features, (N*T, C, H, W).
    """

    def __init__(self, channels: int, *, depthwise: bool = True) -> None:
        """Create it; ``depthwise`` has a kernel of its own for each channel and mixes none."""
        # Two dimensions, time and place: runtimes are slow at depthwise convolutions of one or
        # three.
        groups = channels if depthwise else 1
        super().__init__(channels, channels, (KERNEL, 1), groups=groups, bias=False)

    @torch.no_grad()
    def start_as_shift(self, past: slice, future: slice, *, causal: bool) -> None:
        """Set the kernels of a depthwise one.

        Args:
            past: Channels that take the frame before.
            future: Channels that take the next frame; if causal, the one before the frame before.
            causal: Whether the kernel ends at the current frame. Else this is in its middle.
        """
        before, now, other = (1, 2, 0) if causal else (0, 1, 2)
        taps = torch.full((self.out_channels,), now)
        taps[past], taps[future] = before, other
        self.weight.copy_(nn.functional.one_hot(taps, KERNEL)[:, None, :, None])

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """(N*T, C, H, W), unchanged in shape."""
        window = neighbours(x, KERNEL)
        return as_frames(super().forward(window.flatten(3)).unflatten(3, window.shape[3:]))
