"""3-D ResNets of 18 layers: torchvision's blocks, with a width and class activation maps.

References:
    Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018,
    https://arxiv.org/abs/1711.11248. Blocks and stems are torchvision's (BSD-3-Clause), whose names
    the weights have, but for ``classifier``, which is its ``fc``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from torch import Tensor, nn
from torchvision.models.video.resnet import (
    BasicBlock,
    BasicStem,
    Conv2Plus1D,
    Conv3DNoTemporal,
    Conv3DSimple,
    R2Plus1dStem,
    VideoResNet,
)

from edgevid_zoo.architecture import SMALL_STAGES, EighteenOptions, Size, ZooArchitecture
from edgevid_zoo.parts.forms import StreamForm
from edgevid_zoo.parts.heads import clip_scores
from edgevid_zoo.parts.temporal_conv import Neighbours
from edgevid_zoo.parts.temporal_padding import TemporalPadding, zeros_before
from edgevid_zoo.parts.width import scaled

Kind = Literal["r3d", "mc3", "r2plus1d"]

_PARTS: dict[str, tuple[list[Any], Any]] = {
    "r3d": ([Conv3DSimple] * 4, BasicStem),
    "mc3": ([Conv3DSimple] + [Conv3DNoTemporal] * 3, BasicStem),
    "r2plus1d": ([Conv2Plus1D] * 4, R2Plus1dStem),
}
_LAST = 512
_KERNEL = 3


class VideoResNet18(VideoResNet):
    """R3D-18, MC3-18 or R(2+1)D-18.

    Paper: R(2+1)D, R3D and MC3, https://arxiv.org/abs/1711.11248.
    Input: RGB, normalised by torchvision's mean and deviation, (N, T, 3, H, W), any T, H and W.
    """

    def __init__(
        self,
        kind: Kind,
        num_classes: int,
        width: float = 1.0,
        blocks: Sequence[int] = (2, 2, 2, 2),
    ) -> None:
        """Create it with torchvision's initialisation.

        Args:
            kind: 3-D throughout; 3-D in the first stage only; or space and time one by one.
            num_classes: K.
            width: Multiplier of the channel counts, but for the stem's.
            blocks: Basic blocks of the four stages.
        """
        self._width = width
        convolutions, stem = _PARTS[kind]
        super().__init__(BasicBlock, convolutions, list(blocks), stem, num_classes)
        del self.avgpool, self.fc
        self.classifier = nn.Linear(self._scaled(_LAST), num_classes)
        nn.init.normal_(self.classifier.weight, 0, 0.01)
        nn.init.zeros_(self.classifier.bias)
        # torchvision has none.
        self.dropout = nn.Identity()

    def _scaled(self, channels: int) -> int:
        return scaled(channels, self._width)

    def _make_layer(
        self, block: Any, conv_builder: Any, planes: int, *rest: Any, **more: Any
    ) -> Any:
        return super()._make_layer(block, conv_builder, self._scaled(planes), *rest, **more)

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features, (N, T', C, h, w)."""
        x = self.stem(clip.transpose(1, 2))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.transpose(1, 2)

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier, self.dropout)


class CausalMC3(StreamForm, VideoResNet18):
    """MC3-18 whose zeros are all in the past, so that it runs on streams; it has to be trained so.

    A frame's logits are of its own last features.

    Paper: R(2+1)D, R3D and MC3, https://arxiv.org/abs/1711.11248.
    Input: RGB, normalised by torchvision's mean and deviation, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, **trunk: Any) -> None:
        """Create it; ``trunk`` are further arguments of ``VideoResNet18``."""
        super().__init__("mc3", num_classes, **trunk)
        for part in self._over_time():
            part[0].padding = (0, *part[0].padding[1:])

    def _over_time(self) -> Iterator[nn.Sequential]:
        """Each convolution over time with its norm, in order."""
        yield self.stem
        for block in self.layer1:
            yield from (block.conv1, block.conv2)

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one that a score depends on."""
        return sum(_KERNEL - 1 for _ in self._over_time())

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """Shapes (C, 2, h, w) of the last inputs of each convolution over time, in order."""
        stem, *others = (part[0].in_channels for part in self._over_time())
        half = (height + 1) // 2, (width + 1) // 2
        past = _KERNEL - 1
        return [(stem, past, height, width), *((channels, past, *half) for channels in others)]

    def features_of(self, clip: Tensor, padding: TemporalPadding = zeros_before) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        x = self.stem(padding(clip.transpose(1, 2), _KERNEL))
        for block in self.layer1:
            branch = block.conv2(padding(block.conv1(padding(x, _KERNEL)), _KERNEL))
            x = block.relu(branch + (x if block.downsample is None else block.downsample(x)))
        for stage in (self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.transpose(1, 2)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""
        clip = x.unflatten(0, (-1, neighbours.length))
        return self.features_of(clip, neighbours.padding).flatten(0, 1)


class _Video18(ZooArchitecture):
    """Facts of the 3-D ResNets: torchvision's input."""

    module: ClassVar[type[nn.Module]] = VideoResNet18
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


class R3d18(_Video18):
    """R3D-18, 3-D convolutions throughout, https://arxiv.org/abs/1711.11248.

    No causal form: three stages stride over time, so that only every eighth frame would give new
    last features, and which ones do would depend on where the stream began.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "r3d_18"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "r3d"}


class Mc318(_Video18):
    """MC3-18, 3-D convolutions at the bottom only, https://arxiv.org/abs/1711.11248.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "mc3_18"
    why_clips: ClassVar[str | None] = (
        "its first convolutions need later frames, and zeros beyond both ends of a clip"
    )
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "mc3"}


class Mc318Causal(_Video18):
    """MC3-18 with zeros in the past alone, https://arxiv.org/abs/1711.11248: one frame in.

    Input: uint8 BGR frames (N, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "mc3_18_causal"
    module: ClassVar[type[nn.Module]] = CausalMC3
    temporal_mode: ClassVar[Any] = "stream"
    why_clips: ClassVar[str | None] = None
    traits: ClassVar[dict[str, str]] = {"padding": "past"}
    small: ClassVar[dict[str, Any]] = SMALL_STAGES
    num_frames: ClassVar[int] = 1


class R2Plus1d18(_Video18):
    """R(2+1)D-18, space and time one by one, https://arxiv.org/abs/1711.11248.

    No causal form, for the reason that R3D-18 has none.

    Input: uint8 BGR clips (N, 16, 112, 112, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "r2plus1d_18"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "r2plus1d"}
