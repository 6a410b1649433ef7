"""Late fusion: the features of two frames, some time apart, in one classifier.

Reference:
    Karpathy et al., "Large-scale Video Classification with Convolutional Neural Networks",
    CVPR 2014, https://doi.org/10.1109/CVPR.2014.223, on ResNet here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from edgevid_zoo.parts.resnet import SPREAD, ResNet
from edgevid_zoo.parts.temporal_padding import PastFrames, TemporalPadding, zeros_before


class LateFusionResNet(ResNet):
    """One ResNet for the first and the last of T frames, with the features between as its state.

    Class activation maps are of the last frame, and of its share in the logits.

    Paper: early and late fusion, https://doi.org/10.1109/CVPR.2014.223.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, from the first of the two frames to the last.
            trunk: Further arguments of ``ResNet``.
        """
        super().__init__(num_classes, **trunk)
        self.num_frames = num_frames
        self.map_channels = self.channels
        """Those of the classifier's inputs that are of the last frame."""
        self.classifier = nn.Linear(2 * self.channels, num_classes)
        nn.init.normal_(self.classifier.weight, 0, SPREAD)
        nn.init.zeros_(self.classifier.bias)

    @property
    def memory_frames(self) -> int:
        """How many frames back it sees."""
        return self.num_frames - 1

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """One state, the pooled features of the frames before, (C, T - 1, 1, 1); none if T is 1."""
        return [(self.channels, self.memory_frames, 1, 1)] if self.memory_frames else []

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: Pooled features of the frames before, (N, C, T - 1, 1, 1), oldest first; zeros
                at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w) of this frame, the next states.
        """
        past = PastFrames(states)
        features = self.body(x)
        maps = conv2d(features, self.classifier.weight[:, -self.map_channels :, None, None])
        return (self._logits(features[:, None], past)[:, 0], maps, *past.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))
        return self._logits(features, zeros_before)

    def _logits(self, features: Tensor, padding: TemporalPadding) -> Tensor:
        """Of each frame, (N, T', K), of the features (N, T', C, h, w)."""
        last = features.mean(dim=(3, 4))
        seen = padding(last.transpose(1, 2)[..., None, None], self.num_frames)
        first = seen.flatten(2).transpose(1, 2)[:, : last.shape[1]]
        return self.classifier(self.dropout(torch.cat([first, last], dim=2)))
