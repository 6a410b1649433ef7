"""Early and late fusion: several frames at once, in the first layer or in the last.

Reference:
    Karpathy et al., "Large-scale Video Classification with Convolutional Neural Networks",
    CVPR 2014, https://doi.org/10.1109/CVPR.2014.223, on ResNet here.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from edgevid_zoo.architecture import ResNet18Architecture, ResNet50Architecture, ZooArchitecture
from edgevid_zoo.parts.forms import LastFrames, StreamForm
from edgevid_zoo.parts.resnet import SPREAD, ResNet
from edgevid_zoo.parts.temporal_conv import Neighbours, as_frames
from edgevid_zoo.parts.temporal_padding import PastFrames, TemporalPadding, zeros_before


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

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, T' + T - 1, H, W) to (N*T', C, H / 2, W / 2)."""
        if x.shape[2] > self.kernel_size[0]:
            return as_frames(super().forward(x))
        # One frame's: two dimensions, in which runtimes are quicker.
        kernel, stride, padding = self.weight.flatten(1, 2), self.stride[1:], self.padding[1:]
        return conv2d(x.flatten(1, 2), kernel, None, stride, padding)


class EarlyFusionResNet(LastFrames, StreamForm, ResNet):
    """ResNet over the last T frames, which are its state.

    Paper: early and late fusion, https://doi.org/10.1109/CVPR.2014.223.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it; T is ``num_frames``, and ``trunk`` are further arguments of ``ResNet``."""
        super().__init__(num_classes, num_frames, **trunk)
        self.conv1 = ConvOverFrames(self.conv1.out_channels, num_frames)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """One state, the frames before, (3, T - 1, H, W); none if T is 1."""
        return [(3, self.memory_frames, height, width)] if self.memory_frames else []

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T', C, h, w) of frames (N*T', 3, H, W)."""
        return self.body(neighbours(x, self.num_frames))


class LateFusionResNet(LastFrames, ResNet):
    """One ResNet for the first and the last of T frames, with the features between as its state.

    Class activation maps are of the last frame, and of its share in the logits.

    Paper: early and late fusion, https://doi.org/10.1109/CVPR.2014.223.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it; T is ``num_frames``, and ``trunk`` are further arguments of ``ResNet``."""
        super().__init__(num_classes, num_frames, **trunk)
        self.map_channels = self.channels
        """Inputs of the classifier that come from the last frame."""
        self.classifier = nn.Linear(2 * self.channels, num_classes)
        nn.init.normal_(self.classifier.weight, 0, SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """One state, the pooled features of the frames before, (C, T - 1, 1, 1); none if T is 1."""
        return [(self.channels, self.memory_frames, 1, 1)] if self.memory_frames else []

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: Pooled features of the frames before, (N, C, T - 1, 1, 1), oldest first; zeros
                at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w) of this frame, the next states.
        """
        past = PastFrames(states)
        features = self.body(x)
        maps = conv2d(features, self.classifier.weight[:, -self.map_channels :, None, None])
        return (self._logits(features[:, None], past)[:, 0], maps, *past.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))
        return self._logits(features, zeros_before)

    def _logits(self, features: Tensor, padding: TemporalPadding) -> Tensor:
        """Logits of each frame, (N, T', K), from the features (N, T', C, h, w)."""
        last = features.mean(dim=(3, 4))
        x = padding(last.transpose(1, 2)[..., None, None], self.num_frames)
        first = x.flatten(2).transpose(1, 2)[:, : last.shape[1]]
        return self.classifier(self.dropout(torch.cat([first, last], dim=2)))


class _Fusion(ZooArchitecture):
    """Facts of early and late fusion."""

    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    paper: ClassVar[str] = "https://doi.org/10.1109/CVPR.2014.223"
    temporal_mode: ClassVar[Any] = "stream"
    num_frames: ClassVar[int] = 8


class _EarlyFusion(_Fusion):
    """Facts of both depths."""

    module: ClassVar[type[nn.Module]] = EarlyFusionResNet


class EarlyFusionResNet18(ResNet18Architecture, _EarlyFusion):
    """ResNet-18 over the last frames at once, https://doi.org/10.1109/CVPR.2014.223.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "early_fusion_resnet18"


class EarlyFusionResNet50(ResNet50Architecture, _EarlyFusion):
    """ResNet-50 over the last frames at once, https://doi.org/10.1109/CVPR.2014.223.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "early_fusion_resnet50"


class _LateFusion(_Fusion):
    """Facts of both depths."""

    module: ClassVar[type[nn.Module]] = LateFusionResNet
    compares_frames: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"num_frames": "same"}


class LateFusionResNet18(ResNet18Architecture, _LateFusion):
    """ResNet-18 of two frames, some time apart, https://doi.org/10.1109/CVPR.2014.223.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "late_fusion_resnet18"


class LateFusionResNet50(ResNet50Architecture, _LateFusion):
    """ResNet-50 of two frames, some time apart, https://doi.org/10.1109/CVPR.2014.223.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "late_fusion_resnet50"
