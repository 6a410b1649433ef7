"""The zoo's architectures as edgevid sees them; torch is imported when one is built."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.zoo_architecture import (
    SMALL_STAGES,
    EighteenOptions,
    Size,
    StagesOptions,
    ZooArchitecture,
)

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


class _ResNet50(ZooArchitecture):
    """What the ResNets of bottlenecks share: how wide and deep they are can be chosen."""

    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES


class TsnResNet50(_ResNet50):
    """TSN ResNet-50, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits."""

    name: ClassVar[str] = "tsn_resnet50"
    paper: ClassVar[str] = "https://arxiv.org/abs/1608.00859"
    temporal_mode: ClassVar[Any] = "stream"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Per-frame ResNet and a buffer of logits."""
        from edgevid_zoo.tsn_resnet import TSNResNet

        return TSNResNet(num_classes, num_frames, options.width, options.blocks)


class TsmResNet50(_ResNet50):
    """Online TSM ResNet-50, https://arxiv.org/abs/1811.08383: one frame in, sixteen states."""

    name: ClassVar[str] = "tsm_resnet50"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Causal: it sees one frame back for each block."""
        from edgevid_zoo.tsm_resnet import OnlineTSMResNet

        return OnlineTSMResNet(num_classes, options.width, options.blocks)


class TsmResNet50Offline(_ResNet50):
    """TSM ResNet-50 of clips, shifted both ways, https://arxiv.org/abs/1811.08383."""

    name: ClassVar[str] = "tsm_resnet50_offline"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.tsm_resnet import TSMResNet

        return TSMResNet(num_classes, options.width, options.blocks)


class TsmResNet50NonLocal(_ResNet50):
    """TSM ResNet-50 of clips with non-local blocks, https://arxiv.org/abs/1711.07971."""

    name: ClassVar[str] = "tsm_resnet50_nl"
    paper: ClassVar[str] = "https://arxiv.org/abs/1711.07971"
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Every place of the clip looks at every other one."""
        from edgevid_zoo.tsm_resnet_nl import TSMResNetNonLocal

        return TSMResNetNonLocal(num_classes, options.width, options.blocks)


class PpTsmResNet50(_ResNet50):
    """PP-TSM, ResNet-50-D of clips, shifted both ways, https://arxiv.org/abs/1811.08383."""

    name: ClassVar[str] = "pptsm_resnet50"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees the whole clip."""
        from edgevid_zoo.pptsm_resnet import PPTSMResNet

        return PPTSMResNet(num_classes, num_frames, options.width, options.blocks)


class SingleFrameResNet50(_ResNet50):
    """ResNet-50 without a memory, https://arxiv.org/abs/1512.03385."""

    name: ClassVar[str] = "single_frame_resnet50"
    paper: ClassVar[str] = "https://arxiv.org/abs/1512.03385"
    temporal_mode: ClassVar[Any] = "frame"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """No shift."""
        from edgevid_zoo.single_frame_resnet import SingleFrameResNet

        return SingleFrameResNet(num_classes, options.width, options.blocks)


class _VideoResNet18(ZooArchitecture):
    """What the three 3-D ResNets share: torchvision's input."""

    kind: ClassVar[Any]
    paper: ClassVar[str] = "https://arxiv.org/abs/1711.11248"
    temporal_mode: ClassVar[Any] = "clip"
    Options: ClassVar[Any] = EighteenOptions
    small: ClassVar[dict[str, Any]] = {**SMALL_STAGES, "num_frames": 8}
    num_frames: ClassVar[int] = 16
    input_size: ClassVar[Size] = (112, 112)
    input_rate_hz: ClassVar[float] = 15.0
    preprocessing: ClassVar[dict[str, Any]] = {
        "mean": (0.43216, 0.394666, 0.37645),
        "std": (0.22803, 0.22145, 0.216989),
    }

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Takes clips of any length."""
        from edgevid_zoo.video_resnet import VideoResNet18

        return VideoResNet18(self.kind, num_classes, options.width, options.blocks)


class R3d18(_VideoResNet18):
    """R3D-18, 3-D convolutions throughout, https://arxiv.org/abs/1711.11248."""

    name: ClassVar[str] = "r3d_18"
    kind: ClassVar[Any] = "r3d"


class Mc318(_VideoResNet18):
    """MC3-18, 3-D convolutions at the bottom only, https://arxiv.org/abs/1711.11248."""

    name: ClassVar[str] = "mc3_18"
    kind: ClassVar[Any] = "mc3"


class R2Plus1d18(_VideoResNet18):
    """R(2+1)D-18, space and time one by one, https://arxiv.org/abs/1711.11248."""

    name: ClassVar[str] = "r2plus1d_18"
    kind: ClassVar[Any] = "r2plus1d"


class C3d(ZooArchitecture):
    """C3D, clips of sixteen frames of one size, https://arxiv.org/abs/1412.0767."""

    name: ClassVar[str] = "c3d"
    paper: ClassVar[str] = "https://arxiv.org/abs/1412.0767"
    temporal_mode: ClassVar[Any] = "clip"
    small: ClassVar[dict[str, Any]] = {"width": 0.125, "input_size": (32, 32)}
    num_frames: ClassVar[int] = 16
    frames_multiple: ClassVar[int] = 16
    input_size: ClassVar[Size] = (112, 112)
    has_cam: ClassVar[bool] = False
    preprocessing: ClassVar[dict[str, Any]] = {
        "mean": (104 / 255, 117 / 255, 128 / 255),
        "std": (1 / 255, 1 / 255, 1 / 255),
    }

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """The first dense layer fixes length and size."""
        from edgevid_zoo.c3d import C3D

        return C3D(num_classes, num_frames, input_size, options.width)


ARCHITECTURES = (
    TsmMobileNetV2,
    SingleFrameMobileNetV2,
    TsmMobileNetV2Offline,
    TsnResNet50,
    TsmResNet50,
    TsmResNet50Offline,
    TsmResNet50NonLocal,
    PpTsmResNet50,
    SingleFrameResNet50,
    R3d18,
    Mc318,
    R2Plus1d18,
    C3d,
)
"""All that the plugin registers, each under its name."""
