"""TSM: a shift of channels along time."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import ResNet50Architecture, Size, ZooArchitecture

TSM = "https://arxiv.org/abs/1811.08383"
BOTH_WAYS = "its shifts need the next frame, and put zeros beyond both ends of a clip"


class TsmMobileNetV2(ZooArchitecture):
    """Online TSM MobileNetV2, https://arxiv.org/abs/1811.08383: one frame in, ten states.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_mobilenet_v2"
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past"}

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Causal: it sees ten frames back."""
        from edgevid_zoo.networks.mobilenet_v2_tsm import MobileNetV2TSM

        return MobileNetV2TSM(num_classes, options.width)


class TsmMobileNetV2Offline(ZooArchitecture):
    """TSM MobileNetV2 of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_mobilenet_v2_offline"
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both"}
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.mobilenet_v2_tsm_offline import MobileNetV2TSMOffline

        return MobileNetV2TSMOffline(num_classes, options.width)


class TsmResNet50(ResNet50Architecture):
    """Online TSM ResNet-50, https://arxiv.org/abs/1811.08383: one frame in, sixteen states.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past"}

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Causal: it sees one frame back for each block."""
        from edgevid_zoo.networks.tsm_resnet import OnlineTSMResNet

        return OnlineTSMResNet(num_classes, options.width, options.blocks)


class TsmResNet50Offline(ResNet50Architecture):
    """TSM ResNet-50 of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50_offline"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both"}
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.tsm_resnet import TSMResNet

        return TSMResNet(num_classes, options.width, options.blocks)


class TsmResNet50NonLocal(ResNet50Architecture):
    """TSM ResNet-50 of clips with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50_nl"
    paper: ClassVar[str] = "https://arxiv.org/abs/1711.07971"
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both", "non_local": "pooled_after"}
    side_multiple: ClassVar[int] = 32
    """Of the sides: the last block that pools has two places at least."""
    why_clips: ClassVar[str | None] = "its non-local blocks look at a whole clip"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Every place of the clip looks at every other one."""
        from edgevid_zoo.networks.tsm_resnet_nl import TSMResNetNonLocal

        return TSMResNetNonLocal(num_classes, options.width, options.blocks)


class PpTsmResNet50(ResNet50Architecture):
    """PP-TSM, ResNet-50-D of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "pptsm_resnet50"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {
        "shift": "both_past_first",
        "num_frames": "same",
    }
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.networks.pptsm_resnet import PPTSMResNet

        return PPTSMResNet(num_classes, num_frames, options.width, options.blocks)


class PpTsmResNet50Causal(ResNet50Architecture):
    """PP-TSM, ResNet-50-D, shifted from the past alone, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "pptsm_resnet50_causal"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past", "num_frames": "same"}
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees one frame back for each block; one channel in ``num_frames`` moves."""
        from edgevid_zoo.networks.pptsm_resnet import OnlinePPTSMResNet

        return OnlinePPTSMResNet(num_classes, num_frames, options.width, options.blocks)


ARCHITECTURES = (
    TsmMobileNetV2,
    TsmMobileNetV2Offline,
    TsmResNet50,
    TsmResNet50Offline,
    TsmResNet50NonLocal,
    PpTsmResNet50,
    PpTsmResNet50Causal,
)
