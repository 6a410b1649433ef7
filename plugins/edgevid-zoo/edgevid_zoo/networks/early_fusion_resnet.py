"""Early fusion: the first convolution sees the last frames all at once.

Reference:
    Karpathy et al., "Large-scale Video Classification with Convolutional Neural Networks",
    CVPR 2014, https://doi.org/10.1109/CVPR.2014.223, on ResNet here.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import conv2d

from edgevid_zoo.parts.forms import StreamForm
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.temporal_conv import Neighbours, as_frames


class ConvOverFrames(nn.Conv3d):
    """7x7 over T frames.

    Its weights have an axis of time, so that those of ImageNet's first convolution can be inflated
    into it: repeated T times, and divided by T.

    Paper: early and late fusion, https://doi.org/10.1109/CVPR.2014.223.
    Input: RGB, normalised, (N, 3, T' + T - 1, H, W).
    """

    def __init__(self, out: int, num_frames: int) -> None:
        """Create it, from RGB to ``out`` channels."""
        super().__init__(3, out, (num_frames, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, seen: Tensor) -> Tensor:
        """(N, 3, T' + T - 1, H, W) to (N*T', C, H / 2, W / 2)."""
        if seen.shape[2] > self.kernel_size[0]:
            return as_frames(super().forward(seen))
        # One frame's: two dimensions, in which runtimes are quicker.
        kernel, stride, padding = self.weight.flatten(1, 2), self.stride[1:], self.padding[1:]
        return conv2d(seen.flatten(1, 2), kernel, None, stride, padding)


class EarlyFusionResNet(StreamForm, ResNet):
    """ResNet over the last T frames, which are its state.

    Paper: early and late fusion, https://doi.org/10.1109/CVPR.2014.223.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, how many frames it sees.
            trunk: Further arguments of ``ResNet``.
        """
        super().__init__(num_classes, **trunk)
        self.num_frames = num_frames
        self.conv1 = ConvOverFrames(self.conv1.out_channels, num_frames)

    @property
    def memory_frames(self) -> int:
        """How many frames back it sees."""
        return self.num_frames - 1

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """One state, the frames before, (3, T - 1, H, W); none if T is 1."""
        return [(3, self.memory_frames, height, width)] if self.memory_frames else []

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T', C, h, w) of frames (N*T', 3, H, W)."""
        return self.body(neighbours(x, self.num_frames))
