"""The zoo's architectures as edgevid sees them; torch is imported when one is built."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.zoo_architecture import SMALL_STAGES, Size, StagesOptions, ZooArchitecture

TSM = "https://arxiv.org/abs/1811.08383"


class TsmMobileNetV2(ZooArchitecture):
    """Online TSM MobileNetV2, https://arxiv.org/abs/1811.08383: one frame in, ten states."""

    name: ClassVar[str] = "tsm_mobilenet_v2"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Causal: it sees ten frames back."""
        from edgevid_zoo.mobilenet_v2_tsm import MobileNetV2TSM

        return MobileNetV2TSM(num_classes, options.width)


class SingleFrameMobileNetV2(ZooArchitecture):
    """MobileNetV2, https://arxiv.org/abs/1801.04381: the same network without a memory."""

    name: ClassVar[str] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = "https://arxiv.org/abs/1801.04381"
    temporal_mode: ClassVar[Any] = "frame"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """No shift."""
        from edgevid_zoo.mobilenet_v2_tsm import MobileNetV2TSM

        return MobileNetV2TSM(num_classes, options.width, shifted=False)


class TsmMobileNetV2Offline(ZooArchitecture):
    """TSM MobileNetV2 of clips, shifted both ways, https://arxiv.org/abs/1811.08383."""

    name: ClassVar[str] = "tsm_mobilenet_v2_offline"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.mobilenet_v2_tsm_offline import MobileNetV2TSMOffline

        return MobileNetV2TSMOffline(num_classes, options.width)


class TsnResNet50(ZooArchitecture):
    """TSN ResNet-50, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits."""

    name: ClassVar[str] = "tsn_resnet50"
    paper: ClassVar[str] = "https://arxiv.org/abs/1608.00859"
    temporal_mode: ClassVar[Any] = "stream"
    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Per-frame ResNet and a buffer of logits."""
        from edgevid_zoo.tsn_resnet import TSNResNet

        return TSNResNet(num_classes, num_frames, options.width, options.blocks)


class TsmResNet50(ZooArchitecture):
    """Online TSM ResNet-50, https://arxiv.org/abs/1811.08383: one frame in, sixteen states."""

    name: ClassVar[str] = "tsm_resnet50"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Causal: it sees one frame back for each block."""
        from edgevid_zoo.tsm_resnet import OnlineTSMResNet

        return OnlineTSMResNet(num_classes, options.width, options.blocks)


class TsmResNet50Offline(ZooArchitecture):
    """TSM ResNet-50 of clips, shifted both ways, https://arxiv.org/abs/1811.08383."""

    name: ClassVar[str] = "tsm_resnet50_offline"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.tsm_resnet import TSMResNet

        return TSMResNet(num_classes, options.width, options.blocks)


ARCHITECTURES = (
    TsmMobileNetV2,
    SingleFrameMobileNetV2,
    TsmMobileNetV2Offline,
    TsnResNet50,
    TsmResNet50,
    TsmResNet50Offline,
)
"""All that the plugin registers, each under its name."""
