"""Early and late fusion: some frames at once, in the first layer or in the last."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import (
    ResNet18Architecture,
    ResNet50Architecture,
    Size,
    ZooArchitecture,
)


class _Fusion(ZooArchitecture):
    """What early and late fusion share."""

    paper: ClassVar[str] = "https://doi.org/10.1109/CVPR.2014.223"
    temporal_mode: ClassVar[Any] = "stream"
    num_frames: ClassVar[int] = 8


class _EarlyFusion(_Fusion):
    """What both ResNets share."""

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """All frames in the first convolution."""
        from edgevid_zoo.networks.early_fusion_resnet import EarlyFusionResNet

        return EarlyFusionResNet(num_classes, num_frames, block=self.block, **options.model_dump())


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
    """What both ResNets share."""

    compares_frames: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"num_frames": "same"}

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Features of this frame and of one before in the classifier."""
        from edgevid_zoo.networks.late_fusion_resnet import LateFusionResNet

        return LateFusionResNet(num_classes, num_frames, block=self.block, **options.model_dump())


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


ARCHITECTURES = (
    EarlyFusionResNet18,
    EarlyFusionResNet50,
    LateFusionResNet18,
    LateFusionResNet50,
)
