"""TSM on MobileNetV2 for clips: the shift goes both ways.

Reference:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
"""

from __future__ import annotations

from torch import Tensor

from edgevid_zoo.networks.mobilenet_v2_tsm import MobileNetV2TSM
from edgevid_zoo.parts.consensus import clip_scores
from edgevid_zoo.parts.temporal_shift import ClipShift


class MobileNetV2TSMOffline(MobileNetV2TSM):
    """The network of the online form, with its shift in both directions.

    Ten shifted blocks reach ten frames in each direction.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W); H and W multiples of 16.
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]
        return self.body(clip.flatten(0, 1), ClipShift(length, "both")).unflatten(0, (-1, length))

    def forward(self, clip: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier)
