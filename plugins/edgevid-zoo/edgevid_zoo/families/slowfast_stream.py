"""SlowFast on a stream, frame by frame: exactly the causal form of clips.

Reference:
    Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019,
    https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from edgevid_zoo.architecture import StagesOptions
from edgevid_zoo.families.slowfast import (
    SlowFast4x16,
    SlowFast8x8,
    SlowFastArchitecture,
    SlowFastResNet,
)
from edgevid_zoo.parts.forms import LastFrames
from edgevid_zoo.parts.heads import class_maps
from edgevid_zoo.parts.resnet3d import ResNet3d
from edgevid_zoo.parts.temporal_padding import PastFrames, TemporalPadding, zeros_before


class SlowFastStream(LastFrames, SlowFastResNet):
    """Causal SlowFast whose slow pathway is computed at every frame.

    Slow frames are ``alpha`` frames apart. A pathway that is computed once in ``alpha`` frames
    would make the scores depend on when the stream began, and streams of one batch disagree; here
    its convolutions over time look back in steps of ``alpha`` frames instead, from whatever frame
    is the newest. After T frames from the start the scores are those of ``CausalSlowFastClips`` on
    the same T frames, and the weights are the same.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised to mean 0.45 and deviation 0.225, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 32, **pathways: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, how many frames the head takes the mean over.
            pathways: Further arguments of ``SlowFastResNet``.
        """
        super().__init__(num_classes, num_frames, **pathways)
        for lateral in self.laterals:
            lateral.conv.stride = (1, 1, 1)
        for _, block in self.slow.blocks():
            if block.kernel > 1:
                block.conv1.dilation = (self.alpha, 1, 1)

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one on the longest way through both pathways."""
        slow, fast = 0, self.fast.stem_kernel - 1
        for number, lateral in enumerate(self.laterals, start=1):
            slow = max(slow, fast + lateral.kernel - 1) + self.alpha * _past_frames(
                self.slow, number
            )
            fast += _past_frames(self.fast, number)
        return max(slow + self.num_frames - self.alpha, fast + self.num_frames - 1)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """Shapes (C, frames, h, w): of the fast pathway, the laterals, the slow one, the head."""
        fast, slow = (way.state_shapes(height, width) for way in (self.fast, self.slow))
        laterals = []
        for _ in ("conv1", "maxpool"):
            height, width = (height + 1) // 2, (width + 1) // 2
        for number, lateral in enumerate(self.laterals, start=1):
            if number > 2:  # Behind the second stage, the first with a stride.
                height, width = (height + 1) // 2, (width + 1) // 2
            laterals.append((lateral.conv.in_channels, lateral.kernel - 1, height, width))
        head = ((self.slow, self.num_frames - self.alpha), (self.fast, self.num_frames - 1))
        return [
            *fast,
            *laterals,
            *((channels, frames * self.alpha, h, w) for channels, frames, h, w in slow),
            *((way.channels, frames, 1, 1) for way, frames in head if frames),
        ]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` lists, each with N in front; zeros at the start.

        Returns:
            Logits (N, K), which are those of the last T frames; class activation maps (N, K, h, w)
            of what the newest frame adds to them; the next states.
        """
        number = 1 + sum(1 for _ in self.fast.blocks())
        fast_past = PastFrames(states[:number])
        lateral_past = PastFrames(states[number : number + len(self.laterals)])
        others = PastFrames(states[number + len(self.laterals) :])
        slow, fast = self._features(x[:, :, None], others, fast_past, lateral_past)
        logits = self._logits(slow, fast, others)[:, 0]
        newest = torch.cat([slow[:, :, 0] * self.alpha, fast[:, :, 0]], dim=1) / self.num_frames
        following = (*fast_past.following, *lateral_past.following, *others.following)
        return (logits, class_maps(newest, self.classifier), *following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        features = self._features(clip.transpose(1, 2), zeros_before, zeros_before, zeros_before)
        return self._logits(*features, zeros_before)

    def _features(
        self, x: Tensor, slow: TemporalPadding, fast: TemporalPadding, lateral: TemporalPadding
    ) -> tuple[Tensor, Tensor]:
        def spread(x: Tensor, kernel: int) -> Tensor:
            return slow(x, (kernel - 1) * self.alpha + 1)

        return self.pathways(x, x, spread, fast, lateral)

    def _logits(self, slow: Tensor, fast: Tensor, padding: TemporalPadding) -> Tensor:
        """Logits of every frame, (N, T, K): the mean over as many frames as a clip has."""
        pooled = []
        for features, step in ((slow, self.alpha), (fast, 1)):
            span = self.num_frames - step + 1
            places = features.mean(dim=(3, 4), keepdim=True)
            windows = padding(places, span).unfold(2, span, 1)
            pooled.append(windows[..., ::step].mean(dim=-1)[..., 0, 0])
        return self.classifier(self.dropout(torch.cat(pooled, dim=1).transpose(1, 2)))


def _past_frames(pathway: ResNet3d, number: int) -> int:
    """Frames of the past that a stage adds to the receptive field."""
    return sum(block.kernel - 1 for _, block in pathway.blocks(number))


class _SlowFastStream(SlowFastArchitecture):
    """Facts of the causal form: one frame in, and every frame is a slow frame too."""

    module: ClassVar[type[nn.Module]] = SlowFastStream
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"padding": "past", "slow_frames": "newest"}
    Options: ClassVar[Any] = StagesOptions


class SlowFast4x16Causal(_SlowFastStream):
    """Causal SlowFast 4x16 ResNet-50, https://arxiv.org/abs/1812.03982: one frame in, 32 states.

    The slow pathway is computed at every frame and looks back in steps of eight frames, so that the
    scores never depend on when the stream began. A frame costs a fifth of a clip, and the states
    are large; clips with a stride cost less, and tell it later.

    Input: uint8 BGR frames (N, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_4x16_resnet50_causal"
    module_arguments: ClassVar[dict[str, Any]] = SlowFast4x16.module_arguments
    frames_multiple: ClassVar[int] = 8


class SlowFast8x8Causal(_SlowFastStream):
    """Causal SlowFast 8x8 ResNet-50, https://arxiv.org/abs/1812.03982: one frame in, 32 states.

    The same in steps of four frames; a frame costs a ninth of a clip.

    Input: uint8 BGR frames (N, 224, 224, 3), 15 frames a second, by default.
    """

    name: ClassVar[str] = "slowfast_8x8_resnet50_causal"
    module_arguments: ClassVar[dict[str, Any]] = SlowFast8x8.module_arguments
    frames_multiple: ClassVar[int] = 4
