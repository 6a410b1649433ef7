"""Slow, C2D and I3D: 3-D ResNets of one pathway."""

from __future__ import annotations

from typing import Any, ClassVar

from edgevid_zoo.architecture import SMALL_STAGES, ResNet50Architecture, Size

PYSLOWFAST: dict[str, Any] = {"mean": (0.45, 0.45, 0.45), "std": (0.225, 0.225, 0.225)}
"""Preprocessing of its networks, and of pytorchvideo's."""
_NON_LOCAL = "https://arxiv.org/abs/1711.07971"
_SLOWFAST = "https://arxiv.org/abs/1812.03982"


class _SinglePath(ResNet50Architecture):
    """What they share: eight frames, one in eight of a video of thirty in a second."""

    kind: ClassVar[Any]
    non_local: ClassVar[bool] = False
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8
    input_rate_hz: ClassVar[float] = 3.75
    preprocessing: ClassVar[dict[str, Any]] = PYSLOWFAST

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Takes clips of any length, or of any even one."""
        from edgevid_zoo.networks.single_path_resnet import SinglePathResNet

        return SinglePathResNet(
            self.kind, num_classes, options.width, options.blocks, non_local=self.non_local
        )


class _NonLocal(_SinglePath):
    """The same with five non-local blocks."""

    non_local: ClassVar[bool] = True
    paper: ClassVar[str] = _NON_LOCAL
    why_clips: ClassVar[str | None] = "its non-local blocks look at a whole clip"
    traits: ClassVar[dict[str, str]] = {"non_local": "pooled_before"}
    side_multiple: ClassVar[int] = 32
    """Of the sides: the last block that pools has two places at least."""
    small: ClassVar[dict[str, Any]] = {**SMALL_STAGES, "blocks": (1, 2, 2, 1)}


class Slow8x8ResNet50(_SinglePath):
    """Slow 8x8, sees other frames in its last two stages, https://arxiv.org/abs/1812.03982.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50"
    kind: ClassVar[Any] = "slow"
    paper: ClassVar[str] = _SLOWFAST
    why_clips: ClassVar[str | None] = (
        "its convolutions over time need later frames, and zeros beyond both ends of a clip; "
        "what is per frame is kept by `slow_8x8_resnet50_online`"
    )


class C2dResNet50(_SinglePath):
    """C2D 8x8, a 2-D network but for one pool over time, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50"
    kind: ClassVar[Any] = "c2d"
    paper: ClassVar[str] = _NON_LOCAL
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False
    why_clips: ClassVar[str | None] = (
        "it pools over time once; frame by frame `c2d_resnet50_online` gives the same numbers"
    )


class I3dResNet50(_SinglePath):
    """I3D ResNet-50 8x8, inflated from 2-D, https://arxiv.org/abs/1705.07750.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_resnet50"
    kind: ClassVar[Any] = "i3d"
    paper: ClassVar[str] = "https://arxiv.org/abs/1705.07750"
    frames_multiple: ClassVar[int] = 2
    why_clips: ClassVar[str | None] = (
        "its convolutions need later frames, from the first of a clip on, and a pool strides over "
        "time"
    )


class Slow8x8ResNet50NonLocal(_NonLocal):
    """Slow 8x8 with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50_nl"
    kind: ClassVar[Any] = "slow"


class C2dResNet50NonLocal(_NonLocal):
    """C2D 8x8 with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50_nl"
    kind: ClassVar[Any] = "c2d"
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False


class I3dResNet50NonLocal(_NonLocal):
    """I3D ResNet-50 8x8 with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_resnet50_nl"
    kind: ClassVar[Any] = "i3d"
    frames_multiple: ClassVar[int] = 2


class Slow8x8ResNet50Causal(_SinglePath):
    """Slow 8x8 that never sees later frames, https://arxiv.org/abs/1812.03982: nine states.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50_causal"
    paper: ClassVar[str] = _SLOWFAST
    temporal_mode: ClassVar[Any] = "stream"
    num_frames: ClassVar[int] = 1

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Sees two frames back for each block of its last two stages."""
        from edgevid_zoo.networks.single_path_resnet import CausalResNet

        return CausalResNet(num_classes, options.width, options.blocks)


class _Online(_SinglePath):
    """The scores of the clip that ends with each frame."""

    temporal_mode: ClassVar[Any] = "stream"

    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Keeps what is of single frames."""
        from edgevid_zoo.networks.single_path_online import OnlineC2D, OnlineSlow

        network = {"slow": OnlineSlow, "c2d": OnlineC2D}[self.kind]
        return network(num_classes, num_frames, options.width, options.blocks)


class Slow8x8ResNet50Online(_Online):
    """Slow 8x8 on streams, https://arxiv.org/abs/1812.03982: exactly the clips' scores.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50_online"
    kind: ClassVar[Any] = "slow"
    paper: ClassVar[str] = _SLOWFAST


class C2dResNet50Online(_Online):
    """C2D 8x8 on streams, https://arxiv.org/abs/1711.07971: exactly the clips' scores.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50_online"
    kind: ClassVar[Any] = "c2d"
    paper: ClassVar[str] = _NON_LOCAL
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False


ARCHITECTURES = (
    Slow8x8ResNet50,
    C2dResNet50,
    I3dResNet50,
    Slow8x8ResNet50NonLocal,
    C2dResNet50NonLocal,
    I3dResNet50NonLocal,
    Slow8x8ResNet50Causal,
    Slow8x8ResNet50Online,
    C2dResNet50Online,
)
