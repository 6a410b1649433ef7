"""SlowFast on 3-D ResNets: two pathways, and connections from the fast one to the slow one.

Reference:
    Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019,
    https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from edgevid import Pathway
from edgevid_zoo.architecture import SMALL_STAGES, Size, StagesOptions, ZooArchitecture
from edgevid_zoo.parts.heads import frame_scores
from edgevid_zoo.parts.resnet import DROPOUT
from edgevid_zoo.parts.resnet3d import EXPANSION, ResNet3d, scaled_planes
from edgevid_zoo.parts.temporal_padding import TemporalPadding, zeros_before, zeros_both_sides

Sampling = Literal["linspace", "strided", "newest"]

_FAST_SHARE = 1 / 8
"""Channels of the fast pathway in parts of the slow one's: beta."""
_SLOW_KERNELS = (1, 1, 3, 3)
"""Frames under the first convolution of the blocks of each stage."""
_FAST_KERNELS = (3, 3, 3, 3)
_STEMS = (1, 5)
_JOINED = 2
"""Channels that the slow pathway gets, in parts of the fast pathway's."""
_SPREAD = 0.01
"""Standard deviation of a fresh classifier's weights."""


class Lateral(nn.Module):
    """From the fast pathway to the slow one: a convolution over time, with a stride in time.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: features, (N, C, T, H, W).
    """

    def __init__(self, channels: int, kernel: int, step: int) -> None:
        """Create it.

        Args:
            channels: Of the fast pathway; it gives twice as many.
            kernel: Frames under the convolution, odd.
            step: Fast frames for one slow frame.
        """
        super().__init__()
        self.kernel = kernel
        out = _JOINED * channels
        self.conv = nn.Conv3d(channels, out, (kernel, 1, 1), (step, 1, 1), bias=False)
        self.bn = nn.BatchNorm3d(out)
        self.relu = nn.ReLU()
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, fast: Tensor, padding: TemporalPadding) -> Tensor:
        """(N, C, T, H, W) to (N, 2 C, T / step, H, W)."""
        return self.relu(self.bn(self.conv(padding(fast, self.kernel))))


class SlowFastResNet(nn.Module):
    """Both pathways up to their last features, and a classifier.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised to mean 0.45 and deviation 0.225, (N, 3, T, H, W) for each pathway.
    """

    def __init__(
        self,
        num_classes: int,
        alpha: int = 8,
        lateral_kernel: int = 5,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
    ) -> None:
        """Create it with PySlowFast's initialisation.

        Args:
            num_classes: K.
            alpha: Fast frames for one slow frame.
            lateral_kernel: Frames under the lateral convolutions, odd.
            width: Multiplier of the channel counts.
            blocks: Bottlenecks of the four stages, in each pathway.
        """
        super().__init__()
        self.alpha = alpha
        planes, thin = scaled_planes(width), scaled_planes(width, _FAST_SHARE)
        of_fast = [thin[0], *(EXPANSION * inner for inner in thin[:3])]
        joined = [_JOINED * channels for channels in of_fast]
        over_time = [
            [[kernel] * count for kernel, count in zip(kernels, blocks, strict=True)]
            for kernels in (_SLOW_KERNELS, _FAST_KERNELS)
        ]
        self.slow = ResNet3d(planes, _STEMS[0], over_time[0], joined)
        self.fast = ResNet3d(thin, _STEMS[1], over_time[1])
        self.laterals = nn.ModuleList(Lateral(c, lateral_kernel, alpha) for c in of_fast)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(self.slow.channels + self.fast.channels, num_classes)
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def pathways(
        self,
        slow: Tensor,
        fast: Tensor,
        slow_padding: TemporalPadding,
        fast_padding: TemporalPadding,
        lateral_padding: TemporalPadding,
    ) -> tuple[Tensor, Tensor]:
        """Last features of both, (N, C, T, h, w), of (N, 3, T, H, W) each."""
        slow = self.slow.stem(slow, slow_padding)
        fast = self.fast.stem(fast, fast_padding)
        for number, lateral in enumerate(self.laterals, start=1):
            slow = torch.cat([slow, lateral(fast, lateral_padding)], dim=1)
            slow = self.slow.stage(number, slow, slow_padding)
            fast = self.fast.stage(number, fast, fast_padding)
        return slow, fast


class SlowFastClips(SlowFastResNet):
    """SlowFast of clips.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised to mean 0.45 and deviation 0.225; slow (N, T / alpha, 3, H, W) and fast
    (N, T, 3, H, W), any T that alpha divides.
    """

    def features_of(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        """Last features of both pathways, (N, C, T, h, w)."""
        slow, fast = slow.transpose(1, 2), fast.transpose(1, 2)
        return self.pathways(slow, fast, zeros_both_sides, zeros_both_sides, zeros_both_sides)

    def forward(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, ...]:
        """One clip, its slow and its fast frames.

        Args:
            slow: (N, T / alpha, 3, H, W).
            fast: (N, T, 3, H, W).

        Returns:
            Logits (N, K) and class activation maps (N, K, h, w), of both pathways.
        """
        features = self.features_of(slow, fast)
        # Means one by one over time and places: the maps need the first alone.
        over_time = torch.cat([one.mean(dim=2) for one in features], dim=1)
        return frame_scores(over_time, self.classifier, self.dropout)


class CausalSlowFastClips(SlowFastClips):
    """Causal SlowFast of clips: zeros in the past alone.

    A slow frame is the newest of its ``alpha`` fast ones.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: as of ``SlowFastClips``, slow (N, T / alpha, 3, H, W) and fast (N, T, 3, H, W).
    """

    def features_of(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        """Last features of both pathways, (N, C, T, h, w)."""
        slow, fast = slow.transpose(1, 2), fast.transpose(1, 2)
        return self.pathways(slow, fast, zeros_before, zeros_before, self._newest_of_each)

    def _newest_of_each(self, x: Tensor, kernel: int) -> Tensor:
        """Pad so that the lateral convolutions end at the newest of ``alpha`` frames."""
        return zeros_before(x, kernel)[:, :, self.alpha - 1 :]


class SlowFastOptions(StagesOptions):
    """Input of the pathways, besides their width and depth."""

    slow_sampling: Sampling = Field(
        default="linspace",
        description="Fast frames that the slow pathway takes; of 32, four are 0, 10, 20, 31 "
        "(linspace: PySlowFast's and PaddleVideo's weights need it), 0, 8, 16, 24 (strided: "
        "mmaction2's) or 7, 15, 23, 31 (newest).",
    )
    temporal_padding: Literal["both_sides", "past"] = Field(
        default="both_sides",
        description="past is causal: the clip form of the stream of the same name with _causal, "
        "which takes its weights.",
    )

    @model_validator(mode="after")
    def _check_causal(self) -> SlowFastOptions:
        if self.temporal_padding == "past" and self.slow_sampling != "newest":
            raise ValueError(
                f"padding in the past needs slow_sampling newest, which is "
                f"{self.slow_sampling}: the slow frames then stand where the fast ones end"
            )
        return self


def slow_places(length: int, alpha: int, sampling: Sampling) -> tuple[int, ...]:
    """Indices of the slow frames in ``length`` fast ones, one for every ``alpha`` of them."""
    count = length // alpha
    if sampling == "linspace":
        return tuple((length - 1) * index // max(1, count - 1) for index in range(count))
    first = alpha - 1 if sampling == "newest" else 0
    return tuple(range(first, length, alpha))


class SlowFastArchitecture(ZooArchitecture):
    """SlowFast of clips or of streams, on PySlowFast's input.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    paper: ClassVar[str] = "https://arxiv.org/abs/1812.03982"
    num_frames: ClassVar[int] = 32
    input_rate_hz: ClassVar[float] = 15.0
    small: ClassVar[dict[str, Any]] = {**SMALL_STAGES, "num_frames": 16}
    preprocessing: ClassVar[dict[str, Any]] = {"mean": (0.45,) * 3, "std": (0.225,) * 3}


class _SlowFastClips(SlowFastArchitecture):
    """Facts of the published form: one clip, of which each pathway sees its own frames."""

    temporal_mode: ClassVar[Any] = "multirate"
    why_clips: ClassVar[str | None] = (
        "convolutions over time with zeros at both ends of the clip, and a slow pathway that sees "
        "fast features from its first block on: no frame of one window is the same in the next; "
        "the _causal form is the one for streams"
    )
    Options: ClassVar[Any] = SlowFastOptions

    def pathways(self, length: int, rate_hz: float, options: Any) -> tuple[Pathway, ...]:
        """Slow and fast frames of one window."""
        slow = slow_places(length, self.module_arguments["alpha"], options.slow_sampling)
        return (
            Pathway(
                name="slow",
                num_frames=len(slow),
                rate_hz=rate_hz,
                frames_back=tuple(length - 1 - place for place in slow),
            ),
            Pathway(name="fast", num_frames=length, rate_hz=rate_hz),
        )

    def network(
        self, num_classes: int, num_frames: int, input_size: Size, options: Any
    ) -> SlowFastClips:
        """Build the network of both pathways, with the padding of the options."""
        form = CausalSlowFastClips if options.temporal_padding == "past" else SlowFastClips
        sizes = {"width": options.width, "blocks": options.blocks}
        return form(num_classes, **self.module_arguments, **sizes)


class SlowFast4x16(_SlowFastClips):
    """SlowFast 4x16 ResNet-50, https://arxiv.org/abs/1812.03982: 4 slow and 32 fast frames.

    Input: uint8 BGR clips, slow (N, 4, 224, 224, 3) and fast
    (N, 32, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_4x16_resnet50"
    module_arguments: ClassVar[dict[str, Any]] = {"alpha": 8, "lateral_kernel": 5}
    frames_multiple: ClassVar[int] = 8


class SlowFast8x8(_SlowFastClips):
    """SlowFast 8x8 ResNet-50, https://arxiv.org/abs/1812.03982: 8 slow and 32 fast frames.

    Input: uint8 BGR clips, slow (N, 8, 224, 224, 3) and fast
    (N, 32, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_8x8_resnet50"
    module_arguments: ClassVar[dict[str, Any]] = {"alpha": 4, "lateral_kernel": 7}
    frames_multiple: ClassVar[int] = 4
