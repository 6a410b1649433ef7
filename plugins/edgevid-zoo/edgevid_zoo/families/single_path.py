"""Slow, C2D and I3D: one 3-D ResNet-50, with kernels over time in different blocks.

References:
    Feichtenhofer et al., "SlowFast Networks", ICCV 2019, https://arxiv.org/abs/1812.03982.
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
    Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017,
    https://arxiv.org/abs/1705.07750.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from edgevid_zoo.architecture import SMALL_STAGES, ResNet50Architecture
from edgevid_zoo.parts.heads import frame_logits, frame_scores
from edgevid_zoo.parts.non_local import NonLocal, Scores, module_key
from edgevid_zoo.parts.resnet import DROPOUT
from edgevid_zoo.parts.resnet3d import ResNet3d, scaled_planes
from edgevid_zoo.parts.temporal_padding import (
    PastFrames,
    TemporalPadding,
    zeros_before,
    zeros_both_sides,
)

PYSLOWFAST: dict[str, Any] = {"mean": (0.45, 0.45, 0.45), "std": (0.225, 0.225, 0.225)}
"""Preprocessing of its networks, and of pytorchvideo's."""
NON_LOCAL_PAPER = "https://arxiv.org/abs/1711.07971"
SLOWFAST_PAPER = "https://arxiv.org/abs/1812.03982"
Kind = Literal["slow", "c2d", "i3d"]

STAGES = (1, 2, 3, 4)
_SPREAD = 0.01
"""Standard deviation of a fresh classifier's weights."""
_NON_LOCAL_AFTER = ("layer2.1", "layer2.3", "layer3.1", "layer3.3", "layer3.5")
"""Bottlenecks that a non-local block follows, where the network has them."""


@dataclass(frozen=True)
class _Time:
    """Places of a network that use other frames."""

    stem: int
    stages: tuple[tuple[int, ...], ...]
    """Kernels over time of each stage's blocks, again from the first where there are more."""
    pools: bool
    """Whether pairs of frames become one after the first stage."""
    scores: Scores
    """Scores of its non-local blocks, if it has them."""


_TIMES = {
    "slow": _Time(1, ((1,), (1,), (3,), (3,)), False, "dot_product"),
    "c2d": _Time(1, ((1,), (1,), (1,), (1,)), True, "scaled_softmax"),
    "i3d": _Time(5, ((3,), (3, 1), (3, 1), (1, 3)), True, "scaled_softmax"),
}


class SinglePathResNet(ResNet3d):
    """Slow, C2D or I3D, with or without non-local blocks, of clips.

    Papers: SlowFast, https://arxiv.org/abs/1812.03982; non-local networks,
    https://arxiv.org/abs/1711.07971; I3D, https://arxiv.org/abs/1705.07750.
    Input: RGB, normalised by PySlowFast's mean and deviation, (N, T, 3, H, W); C2D and I3D take an
    even T.
    """

    def __init__(
        self,
        kind: Kind,
        num_classes: int,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
        *,
        non_local: bool = False,
    ) -> None:
        """Create it with the initialisation of PySlowFast: every block starts as its shortcut.

        Args:
            kind: Which frames are seen where.
            num_classes: K.
            width: Multiplier of the channel counts.
            blocks: Bottlenecks of the four stages.
            non_local: Whether there are non-local blocks, five in ResNet-50.
        """
        time = _TIMES[kind]
        kernels = [
            tuple(islice(cycle(over_time), count))
            for over_time, count in zip(time.stages, blocks, strict=True)
        ]
        super().__init__(scaled_planes(width), time.stem, kernels)
        self.pools_time = time.pools
        self.pool = nn.MaxPool3d((2, 1, 1))
        self.non_local = nn.ModuleDict()
        for name, block in self.blocks() if non_local else ():
            if name in _NON_LOCAL_AFTER:
                channels = block.conv3.out_channels
                self.non_local[module_key(name)] = NonLocal(channels, time.scores, pool_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(self.channels, num_classes)
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def after(self, features: Tensor, block: str) -> Tensor:
        """Apply the non-local block that follows a block, if any, (N, C, T, h, w)."""
        key = module_key(block)
        return self.non_local[key](features) if key in self.non_local else features

    def stages(
        self, numbers: Sequence[int], x: Tensor, padding: TemporalPadding = zeros_both_sides
    ) -> Tensor:
        """Some of the four stages one after the other, on (N, C, T, h, w)."""
        for number in numbers:
            x = self.stage(number, x, padding, self.after)
            if number == 1 and self.pools_time:
                x = self.pool(x)
        return x

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features (N, T', C, h, w) of clips (N, T, 3, H, W)."""
        x = self.stem(clip.transpose(1, 2), zeros_both_sides)
        return self.stages(STAGES, x).transpose(1, 2)

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.features_of(clip).mean(dim=1)
        return frame_scores(features, self.classifier, self.dropout)


class CausalResNet(SinglePathResNet):
    """Slow whose zeros are all in the past, so that it runs on streams; it has to be trained so.

    A frame's logits are of its own last features.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, **trunk: Any) -> None:
        """Create it; ``trunk`` are further arguments of ``SinglePathResNet``."""
        super().__init__("slow", num_classes, **trunk)

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one that a score depends on."""
        return self.past_frames

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` lists, the last two inputs of each convolution over
                time; zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        past = PastFrames(states)
        features = self.stages(STAGES, self.stem(x[:, :, None], past), past)[:, :, 0]
        return (*frame_scores(features, self.classifier, self.dropout), *past.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        x = self.stages(STAGES, self.stem(clip.transpose(1, 2), zeros_before), zeros_before)
        return frame_logits(x.transpose(1, 2), self.classifier, self.dropout)


class SinglePathArchitecture(ResNet50Architecture):
    """Slow, C2D or I3D on eight frames, one in eight of a video of thirty in a second.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    module: ClassVar[type[nn.Module]] = SinglePathResNet
    temporal_mode: ClassVar[Any] = "clip"
    num_frames: ClassVar[int] = 8
    input_rate_hz: ClassVar[float] = 3.75
    preprocessing: ClassVar[dict[str, Any]] = PYSLOWFAST


class _NonLocal(SinglePathArchitecture):
    """Facts of those with five non-local blocks."""

    paper: ClassVar[str] = NON_LOCAL_PAPER
    why_clips: ClassVar[str | None] = "its non-local blocks look at a whole clip"
    traits: ClassVar[dict[str, str]] = {"non_local": "pooled_before"}
    side_multiple: ClassVar[int] = 32
    """Divisor of the sides: the last block that pools has two places at least."""
    small: ClassVar[dict[str, Any]] = {**SMALL_STAGES, "blocks": (1, 2, 2, 1)}


class Slow8x8ResNet50(SinglePathArchitecture):
    """Slow 8x8, sees other frames in its last two stages, https://arxiv.org/abs/1812.03982.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "slow"}
    paper: ClassVar[str] = SLOWFAST_PAPER
    why_clips: ClassVar[str | None] = (
        "its convolutions over time need later frames, and zeros beyond both ends of a clip; "
        "what is per frame is kept by `slow_8x8_resnet50_online`"
    )


class C2dResNet50(SinglePathArchitecture):
    """C2D 8x8, a 2-D network but for one pool over time, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "c2d"}
    paper: ClassVar[str] = NON_LOCAL_PAPER
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False
    why_clips: ClassVar[str | None] = (
        "it pools over time once; frame by frame `c2d_resnet50_online` gives the same numbers"
    )


class I3dResNet50(SinglePathArchitecture):
    """I3D ResNet-50 8x8, inflated from 2-D, https://arxiv.org/abs/1705.07750.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_resnet50"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "i3d"}
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
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "slow", "non_local": True}


class C2dResNet50NonLocal(_NonLocal):
    """C2D 8x8 with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50_nl"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "c2d", "non_local": True}
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False


class I3dResNet50NonLocal(_NonLocal):
    """I3D ResNet-50 8x8 with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_resnet50_nl"
    module_arguments: ClassVar[dict[str, Any]] = {"kind": "i3d", "non_local": True}
    frames_multiple: ClassVar[int] = 2


class Slow8x8ResNet50Causal(SinglePathArchitecture):
    """Slow 8x8 that never sees later frames, https://arxiv.org/abs/1812.03982: nine states.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50_causal"
    module: ClassVar[type[nn.Module]] = CausalResNet
    paper: ClassVar[str] = SLOWFAST_PAPER
    temporal_mode: ClassVar[Any] = "stream"
    num_frames: ClassVar[int] = 1
