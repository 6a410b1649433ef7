"""One network of frames that looks at neighbours in time, as a network of clips or of a stream."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from edgevid_zoo.parts.heads import clip_scores, frame_logits, frame_scores
from edgevid_zoo.parts.temporal_conv import Neighbours
from edgevid_zoo.parts.temporal_padding import PastFrames, zeros_before, zeros_both_sides

StateShape = tuple[int, int, int, int]
"""(C, T, h, w), of the newest T frames."""


class PartInTime(nn.Module):
    """A part of a block that looks at neighbours in time, at the size of what enters the block.

    Papers: STM, https://arxiv.org/abs/1908.02486; ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    memory_frames: int
    """Frames before the current one that it sees if it is causal."""

    @abstractmethod
    def state_shapes(self, height: int, width: int) -> list[StateShape]:
        """Shapes of the memory of a causal one for an input of (height, width), in order of use."""


class LastFrames(nn.Module):
    """Base of networks that score the last T frames of a stream; inherited before the trunk.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, the newest frame and those before it.
            trunk: Further arguments of the trunk, such as ``width`` and ``blocks``.
        """
        super().__init__(num_classes=num_classes, **trunk)
        self.num_frames = num_frames

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one that a score depends on."""
        return self.num_frames - 1


class _Form(nn.Module):
    """Attributes and methods that the trunk has to bring."""

    classifier: nn.Linear
    dropout: nn.Module

    @abstractmethod
    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""

    @abstractmethod
    def entries(self, height: int, width: int) -> Iterator[tuple[nn.Module, int, int]]:
        """Blocks in order, each with the size of what enters it, for an input of that size."""


class ClipForm(_Form):
    """Takes clips: the mean over the scores of their frames.

    Paper: consensus of TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]
        features = self.frame_features(clip.flatten(0, 1), Neighbours(length, zeros_both_sides))
        return features.unflatten(0, (-1, length))

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier, self.dropout)


class StreamForm(_Form):
    """Takes frame by frame, if the network is causal.

    Paper: stream buffers of MoViNets, https://arxiv.org/abs/2103.11511.
    Input: RGB, normalised, (N, 3, H, W).
    """

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one that a score depends on."""
        return sum(part.memory_frames for part in self.modules() if isinstance(part, PartInTime))

    def state_shapes(self, height: int, width: int) -> list[StateShape]:
        """Shapes of the states for an input of (height, width), in order."""
        return [
            shape
            for block, *size in self.entries(height, width)
            for part in block.children()
            if isinstance(part, PartInTime)
            for shape in part.state_shapes(*size)
        ]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` lists, each with N in front; zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        past = PastFrames(states)
        features = self.frame_features(x, Neighbours(1, past))
        return (*frame_scores(features, self.classifier, self.dropout), *past.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        length = clip.shape[1]
        features = self.frame_features(clip.flatten(0, 1), Neighbours(length, zeros_before))
        return frame_logits(features.unflatten(0, (-1, length)), self.classifier, self.dropout)
