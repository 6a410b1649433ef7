"""TSM on ResNet with non-local blocks.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from edgevid_zoo.networks.tsm_resnet import TSMResNet
from edgevid_zoo.parts.non_local import NonLocal
from edgevid_zoo.parts.temporal_shift import ClipShift

_PLACES = ("layer2.0", "layer2.2", "layer3.0", "layer3.2", "layer3.4")
"""Bottlenecks after which there is one, where the network has them."""


class TSMResNetNonLocal(TSMResNet):
    """TSM ResNet for clips, with five non-local blocks.

    Papers: TSM, https://arxiv.org/abs/1811.08383; non-local networks,
    https://arxiv.org/abs/1711.07971.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = (3, 4, 6, 3)
    ) -> None:
        """Create it; at the start the non-local blocks are the identity."""
        super().__init__(num_classes, width, blocks)
        self.non_local = nn.ModuleDict(
            {
                _key(name): NonLocal(block.conv3.out_channels)
                for name, block in self.blocks()
                if name in _PLACES
            }
        )

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]

        def after(features: Tensor, block: str) -> Tensor:
            if _key(block) not in self.non_local:
                return features
            whole = features.unflatten(0, (-1, length)).transpose(1, 2)
            return self.non_local[_key(block)](whole).transpose(1, 2).flatten(0, 1)

        features = self.body(clip.flatten(0, 1), ClipShift(length, "both"), after)
        return features.unflatten(0, (-1, length))


def _key(block: str) -> str:
    """Names of modules have no dots."""
    return block.replace(".", "_")
