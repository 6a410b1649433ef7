"""Online, uni-directional TSM on MobileNetV2, as a stream and as a causal clip network.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

from torch import Tensor

from edgevid_zoo.parts.consensus import class_maps
from edgevid_zoo.parts.mobilenet_v2 import MobileNetV2
from edgevid_zoo.parts.temporal_shift import FOLD_DIVISOR, ClipShift, OnlineShift


class MobileNetV2TSM(MobileNetV2):
    """Online TSM MobileNetV2.

    Sees exactly one frame back for each shifted block: the scores at frame t depend on frames
    t-10 to t, never on t+1.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    def __init__(self, num_classes: int, width: float = 1.0, *, shifted: bool = True) -> None:
        """Create it with the paper's initialisation.

        Args:
            num_classes: K.
            width: Multiplier of all channel counts but the classifier's input below 1.
            shifted: Whether there is a temporal shift; without, it sees single frames.
        """
        super().__init__(num_classes, width)
        self.shifted = shifted
        self.memory_frames = len(self.blocks_with_skip()) if shifted else 0

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (fold, h, w) of the states for an input of (height, width), in order."""
        places = self.entries(height, width) if self.shifted else ()
        return [(block.channels // FOLD_DIVISOR, h, w) for block, h, w in places]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` tells, each (N, fold, h, w); zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        shift = OnlineShift(states)
        features = self.body(x, shift if self.shifted else _still)
        return (self._logits(features), class_maps(features, self.classifier), *shift.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """A whole clip at once, for training: the same numbers as the stream gives.

        Args:
            clip: (N, T, 3, H, W).

        Returns:
            Logits of every frame, (N, T, K).
        """
        length = clip.shape[1]
        shift = ClipShift(length) if self.shifted else _still
        return self._logits(self.body(clip.flatten(0, 1), shift)).unflatten(0, (-1, length))

    def _logits(self, features: Tensor) -> Tensor:
        return self.classifier(features.mean(dim=(2, 3)))


def _still(features: Tensor) -> Tensor:
    return features
