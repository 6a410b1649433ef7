"""One frame, and no memory."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import (
    ResNet18Architecture,
    ResNet50Architecture,
    Size,
    ZooArchitecture,
)


class SingleFrameMobileNetV2(ZooArchitecture):
    """MobileNetV2, https://arxiv.org/abs/1801.04381: the same network without a memory.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_mobilenet_v2"
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = "https://arxiv.org/abs/1801.04381"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """No shift."""
        from edgevid_zoo.networks.mobilenet_v2_tsm import MobileNetV2TSM

        return MobileNetV2TSM(num_classes, options.width, shifted=False)


class _SingleFrameResNet(ZooArchitecture):
    """What both ResNets share."""

    paper: ClassVar[str] = "https://arxiv.org/abs/1512.03385"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """No shift."""
        from edgevid_zoo.networks.single_frame_resnet import SingleFrameResNet

        return SingleFrameResNet(num_classes, options.width, options.blocks, self.block)


class SingleFrameResNet18(ResNet18Architecture, _SingleFrameResNet):
    """ResNet-18 without a memory, https://arxiv.org/abs/1512.03385.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_resnet18"


class SingleFrameResNet50(ResNet50Architecture, _SingleFrameResNet):
    """ResNet-50 without a memory, https://arxiv.org/abs/1512.03385.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "single_frame_resnet50"


ARCHITECTURES = (
    SingleFrameMobileNetV2,
    SingleFrameResNet18,
    SingleFrameResNet50,
)
