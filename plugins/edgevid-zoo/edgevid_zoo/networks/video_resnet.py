"""3-D ResNets of 18 layers: torchvision's blocks, with a width and class activation maps.

References:
    Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018,
    https://arxiv.org/abs/1711.11248. Blocks and stems are torchvision's (BSD-3-Clause), whose names
    the weights have, but for ``classifier``, which is its ``fc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor, nn
from torchvision.models.video.resnet import (
    BasicBlock,
    BasicStem,
    Conv2Plus1D,
    Conv3DNoTemporal,
    Conv3DSimple,
    R2Plus1dStem,
    VideoResNet,
)

from edgevid_zoo.parts.consensus import clip_scores
from edgevid_zoo.parts.width import scaled

Kind = Literal["r3d", "mc3", "r2plus1d"]

_PARTS: dict[str, tuple[list[Any], Any]] = {
    "r3d": ([Conv3DSimple] * 4, BasicStem),
    "mc3": ([Conv3DSimple] + [Conv3DNoTemporal] * 3, BasicStem),
    "r2plus1d": ([Conv2Plus1D] * 4, R2Plus1dStem),
}
_LAST = 512


class VideoResNet18(VideoResNet):
    """R3D-18, MC3-18 or R(2+1)D-18.

    Paper: R(2+1)D, R3D and MC3, https://arxiv.org/abs/1711.11248.
    Input: RGB, normalised by torchvision's mean and deviation, (N, T, 3, H, W), any T, H and W.
    """

    def __init__(
        self,
        kind: Kind,
        num_classes: int,
        width: float = 1.0,
        blocks: Sequence[int] = (2, 2, 2, 2),
    ) -> None:
        """Create it with torchvision's initialisation.

        Args:
            kind: 3-D throughout; 3-D in the first stage only; or space and time one by one.
            num_classes: K.
            width: Multiplier of the channel counts, but for the stem's.
            blocks: Basic blocks of the four stages.
        """
        self._width = width
        convolutions, stem = _PARTS[kind]
        super().__init__(BasicBlock, convolutions, list(blocks), stem, num_classes)
        del self.avgpool, self.fc
        self.classifier = nn.Linear(self._scaled(_LAST), num_classes)
        nn.init.normal_(self.classifier.weight, 0, 0.01)
        nn.init.zeros_(self.classifier.bias)

    def _scaled(self, channels: int) -> int:
        return scaled(channels, self._width)

    def _make_layer(
        self, block: Any, conv_builder: Any, planes: int, *rest: Any, **more: Any
    ) -> Any:
        return super()._make_layer(block, conv_builder, self._scaled(planes), *rest, **more)

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features, (N, T', C, h, w)."""
        x = self.stem(clip.transpose(1, 2))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.transpose(1, 2)

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier)
