"""TSM on ResNet: causal for streams, both ways for clips.

Reference:
    Lin et al., "TSM: Temporal Shift Module for Efficient Video Understanding", ICCV 2019,
    https://arxiv.org/abs/1811.08383.
"""

from __future__ import annotations

from torch import Tensor

from edgevid_zoo.parts.consensus import class_maps, clip_scores, frame_logits
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.temporal_shift import FOLD_DIVISOR, ClipShift, OnlineShift


class OnlineTSMResNet(ResNet):
    """Online TSM ResNet: the shift is on the branch of every bottleneck.

    Sees exactly one frame back for each block, sixteen in ResNet-50, and never the future.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W).
    """

    divisor = FOLD_DIVISOR
    """One channel in so many is shifted."""

    @property
    def memory_frames(self) -> int:
        """How many frames back it sees."""
        return sum(1 for _ in self.blocks())

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (fold, h, w) of the states for an input of (height, width), in order."""
        return [
            (block.conv1.in_channels // self.divisor, h, w)
            for block, h, w in self.entries(height, width)
        ]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` tells, each (N, fold, h, w); zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        shift = OnlineShift(states)
        features = self.body(x, shift)
        logits = self.classifier(self.dropout(features.mean(dim=(2, 3))))
        return (logits, class_maps(features, self.classifier), *shift.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        length = clip.shape[1]
        features = self.body(clip.flatten(0, 1), ClipShift(length, "past", self.divisor))
        return frame_logits(features.unflatten(0, (-1, length)), self.classifier, self.dropout)


class TSMResNet(ResNet):
    """TSM ResNet: the shift goes both ways, on the branch of every bottleneck.

    One block reaches one frame in each direction.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]
        features = self.body(clip.flatten(0, 1), ClipShift(length, "both"))
        return features.unflatten(0, (-1, length))

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier, self.dropout)
