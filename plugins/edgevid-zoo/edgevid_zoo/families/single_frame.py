"""One frame, and no memory.

References:
    He et al., "Deep Residual Learning", CVPR 2016, https://arxiv.org/abs/1512.03385.
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor, nn

from edgevid_zoo.architecture import ResNet18Architecture, ResNet50Architecture, ZooArchitecture
from edgevid_zoo.parts.heads import frame_logits, frame_scores
from edgevid_zoo.parts.mobilenet_v2 import MobileNetV2
from edgevid_zoo.parts.resnet import ResNet


class SingleFrame(nn.Module):
    """Base of networks of single frames; inherited before the trunk.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: RGB, normalised, (N, 3, H, W).
    """

    body: Callable[..., Tensor]
    """Last features (N, C, h, w) of frames (N, 3, H, W)."""
    classifier: nn.Linear
    dropout: nn.Module

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Frames (N, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return frame_scores(self.body(x), self.classifier, self.dropout)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W)."""
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))
        return frame_logits(features, self.classifier, self.dropout)


class SingleFrameResNet(SingleFrame, ResNet):
    """ResNet-50 by default.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: RGB, normalised, (N, 3, H, W).
    """


class MobileNetV2Frame(SingleFrame, MobileNetV2):
    """MobileNetV2 without a shift.

    Paper: MobileNetV2, https://arxiv.org/abs/1801.04381.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """


class SingleFrameMobileNetV2(ZooArchitecture):
    """MobileNetV2, https://arxiv.org/abs/1801.04381: the same network without a memory.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_mobilenet_v2"
    module: ClassVar[type[nn.Module]] = MobileNetV2Frame
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = "https://arxiv.org/abs/1801.04381"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False


class _SingleFrameResNet(ZooArchitecture):
    """Facts of both depths."""

    module: ClassVar[type[nn.Module]] = SingleFrameResNet
    paper: ClassVar[str] = "https://arxiv.org/abs/1512.03385"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False


class SingleFrameResNet18(_SingleFrameResNet, ResNet18Architecture):
    """ResNet-18 without a memory, https://arxiv.org/abs/1512.03385.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_resnet18"


class SingleFrameResNet50(_SingleFrameResNet, ResNet50Architecture):
    """ResNet-50 without a memory, https://arxiv.org/abs/1512.03385.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_resnet50"
