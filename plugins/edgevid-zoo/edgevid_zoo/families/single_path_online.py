"""C2D and Slow on streams: what they compute for each frame alone becomes the state.

Every score is exactly that of the clip which ends with its frame, so that weights are those of the
clip forms.

References:
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
    Feichtenhofer et al., "SlowFast Networks", ICCV 2019, https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from edgevid_zoo.families.single_path import (
    NON_LOCAL_PAPER,
    SLOWFAST_PAPER,
    Kind,
    SinglePathArchitecture,
    SinglePathResNet,
)
from edgevid_zoo.parts.forms import LastFrames
from edgevid_zoo.parts.heads import class_maps, frame_scores
from edgevid_zoo.parts.temporal_padding import (
    PastFrames,
    TemporalPadding,
    zeros_before,
    zeros_both_sides,
)


class _OnlineResNet(LastFrames, SinglePathResNet):
    """Base of both: a window of the last frames."""

    kind: ClassVar[Kind]

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it for clips of ``num_frames``; ``trunk``: see ``SinglePathResNet``."""
        super().__init__(num_classes, num_frames, kind=self.kind, **trunk)

    def _width_after(self, number: int) -> int:
        """Channels that leave a stage."""
        *_, (_, last) = self.blocks(number)
        channels: int = last.conv3.out_channels
        return channels


class OnlineC2D(_OnlineResNet):
    """C2D on a stream, for an even number of frames.

    A clip's pairs of frames start with its first one, and clips that end one frame later have other
    pairs. Each frame therefore makes a pair with the one before, and a score is the mean over every
    second pair: the cost of one frame, whichever clip is asked for.

    Paper: non-local networks, https://arxiv.org/abs/1711.07971.
    Input: RGB, normalised, (N, 3, H, W).
    """

    kind: ClassVar[Kind] = "c2d"

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """The last frame after the first stage, (C, 1, h, w); maps of pairs, (T - 2, K, h', w')."""
        last = (self._width_after(1), 1, height // 4, width // 4)
        # Sides are multiples of 16, and rounded up.
        maps = (self.classifier.out_features, -(-height // 32), -(-width // 32))
        pairs = self.num_frames - 2
        return [last, (pairs, *maps)] if pairs else [last]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As ``state_shapes`` lists, each with N in front; zeros at the start, which are
                smaller than all features.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        past = PastFrames(states[:1])
        features = self._pairs(x[:, :, None], past)[:, :, 0]
        maps = class_maps(features, self.classifier)
        window = torch.cat([*states[1:], maps[:, None]], dim=1)
        cam = window[:, ::2].mean(dim=1)
        logits = cam.mean(dim=(2, 3)) + self.classifier.bias
        pairs = [window[:, 1:]] if states[1:] else []
        return (logits, cam, *past.following, *pairs)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        pooled = self._pairs(clip.transpose(1, 2), zeros_before).mean(dim=(3, 4))
        padded = torch.nn.functional.pad(pooled, (self.num_frames - 2, 0))
        mean = padded.unfold(2, self.num_frames - 1, 1)[..., ::2].mean(dim=-1)
        return self.classifier(self.dropout(mean.transpose(1, 2)))

    def _pairs(self, x: Tensor, padding: TemporalPadding) -> Tensor:
        """Last features (N, C, T, h, w) of each frame with the one before."""
        x = self.stage(1, self.stem(x, zeros_both_sides), zeros_both_sides)
        joined = padding(x, 2)
        return self.stages((2, 3, 4), torch.maximum(joined[:, :, 1:], joined[:, :, :-1]))


class OnlineSlow(_OnlineResNet):
    """Slow on a stream: its first two stages see one frame.

    The last two stages are run on the whole window for every frame, for zeros stand beyond both of
    its ends: two thirds of a clip's cost remain.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised, (N, 3, H, W).
    """

    kind: ClassVar[Kind] = "slow"

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """The last frames after the second stage, (C, T - 1, h, w); none if T is 1."""
        if self.num_frames == 1:
            return []
        return [(self._width_after(2), self.memory_frames, height // 8, width // 8)]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As ``state_shapes`` lists, each with N in front; zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        past = PastFrames(states)
        features = self._window(past(self._each(x[:, :, None]), self.num_frames))
        return (*frame_scores(features, self.classifier, self.dropout), *past.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        padded = zeros_before(self._each(clip.transpose(1, 2)), self.num_frames)
        windows = padded.unfold(2, self.num_frames, 1).permute(0, 2, 1, 5, 3, 4)
        features = self._window(windows.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))
        return self.classifier(self.dropout(features.mean(dim=(3, 4))))

    def _each(self, x: Tensor) -> Tensor:
        """Features of each frame alone, (N, 3, T, H, W) to (N, C, T, h, w)."""
        return self.stages((1, 2), self.stem(x, zeros_both_sides))

    def _window(self, x: Tensor) -> Tensor:
        """Last features (N, C, h, w), the mean over a window (N, C, T, h, w)."""
        return self.stages((3, 4), x).mean(dim=2)


class _Online(SinglePathArchitecture):
    """Facts of the online forms, whose scores are those of the clip that ends with each frame."""

    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    temporal_mode: ClassVar[Any] = "stream"


class Slow8x8ResNet50Online(_Online):
    """Slow 8x8 on streams, https://arxiv.org/abs/1812.03982: exactly the clips' scores.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "slow_8x8_resnet50_online"
    module: ClassVar[type[nn.Module]] = OnlineSlow
    paper: ClassVar[str] = SLOWFAST_PAPER


class C2dResNet50Online(_Online):
    """C2D 8x8 on streams, https://arxiv.org/abs/1711.07971: exactly the clips' scores.

    Input: uint8 BGR frames (N, 224, 224, 3), 3.75 frames a second, by default.
    """

    name: ClassVar[str] = "c2d_resnet50_online"
    module: ClassVar[type[nn.Module]] = OnlineC2D
    paper: ClassVar[str] = NON_LOCAL_PAPER
    frames_multiple: ClassVar[int] = 2
    sees_order: ClassVar[bool] = False
