"""3-D ResNets of 18 layers."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import SMALL_STAGES, EighteenOptions, Size, ZooArchitecture


class _VideoResNet18(ZooArchitecture):
    """What the three 3-D ResNets share: torchvision's input."""

    kind: ClassVar[Any]
    baseline: ClassVar[str | None] = "single_frame_resnet18"
    paper: ClassVar[str] = "https://arxiv.org/abs/1711.11248"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its convolutions need later frames and stride over time, from the first of a clip on"
    )
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
        from edgevid_zoo.networks.video_resnet import VideoResNet18

        return VideoResNet18(self.kind, num_classes, options.width, options.blocks)


class R3d18(_VideoResNet18):
    """R3D-18, 3-D convolutions throughout, https://arxiv.org/abs/1711.11248.

    No causal form: three stages stride over time, so that only every eighth frame would give new
    last features, and which ones do would depend on where the stream began.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "r3d_18"
    kind: ClassVar[Any] = "r3d"


class Mc318(_VideoResNet18):
    """MC3-18, 3-D convolutions at the bottom only, https://arxiv.org/abs/1711.11248.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "mc3_18"
    why_clips: ClassVar[str | None] = (
        "its first convolutions need later frames, and zeros beyond both ends of a clip"
    )
    kind: ClassVar[Any] = "mc3"


class Mc318Causal(_VideoResNet18):
    """MC3-18 with zeros in the past alone, https://arxiv.org/abs/1711.11248: one frame in.

    Input: uint8 BGR frames (N, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "mc3_18_causal"
    temporal_mode: ClassVar[Any] = "stream"
    why_clips: ClassVar[str | None] = None
    traits: ClassVar[dict[str, str]] = {"padding": "past"}
    small: ClassVar[dict[str, Any]] = SMALL_STAGES
    num_frames: ClassVar[int] = 1

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees two frames back for each convolution over time, ten in all."""
        from edgevid_zoo.networks.mc3_causal import CausalMC3

        return CausalMC3(num_classes, options.width, options.blocks)


class R2Plus1d18(_VideoResNet18):
    """R(2+1)D-18, space and time one by one, https://arxiv.org/abs/1711.11248.

    No causal form, for the reason that R3D-18 has none.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "r2plus1d_18"
    kind: ClassVar[Any] = "r2plus1d"


ARCHITECTURES = (
    R3d18,
    Mc318,
    Mc318Causal,
    R2Plus1d18,
)
