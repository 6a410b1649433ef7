"""ResNet on single frames.

Reference:
    He et al., "Deep Residual Learning", CVPR 2016, https://arxiv.org/abs/1512.03385.
"""

from __future__ import annotations

from torch import Tensor

from edgevid_zoo.parts.consensus import class_maps, frame_logits
from edgevid_zoo.parts.resnet import ResNet


class SingleFrameResNet(ResNet):
    """ResNet-50 by default.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Frames (N, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.body(x)
        logits = self.classifier(self.dropout(features.mean(dim=(2, 3))))
        return logits, class_maps(features, self.classifier)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W)."""
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))
        return frame_logits(features, self.classifier, self.dropout)
