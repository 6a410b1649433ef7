"""ACTION-Net on ResNet: a learned shift and three gates before every bottleneck.

Reference:
    Wang et al., "ACTION-Net: Multipath Excitation for Action Recognition", CVPR 2021,
    https://arxiv.org/abs/2103.07372.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from edgevid_zoo.parts.excitation import Action
from edgevid_zoo.parts.forms import ClipForm, StreamForm
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.temporal_conv import Neighbours


class ActionTrunk(ResNet):
    """ResNet-50 by default, with ACTION on every branch; further weights are ``*.action.*``.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N*T, 3, H, W).
    """

    causal = False

    def __init__(self, num_classes: int, **trunk: Any) -> None:
        """Create it; at the start the learned shifts are TSM's.

        Args:
            num_classes: K.
            trunk: Further arguments of ``ResNet``, which is to be one of bottlenecks.
        """
        super().__init__(num_classes, **trunk)
        for _, block in self.blocks():
            block.action = Action(block.conv1.in_channels, causal=self.causal)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""

        def excite(entry: Tensor, block: str) -> Tensor:
            return self.get_submodule(block).action(entry, neighbours)

        return self.body(x, excite)


class ActionResNet(ActionTrunk, ClipForm):
    """ACTION-Net ResNet for clips: one block reaches two frames in each direction.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, T, 3, H, W).
    """


class CausalActionResNet(ActionTrunk, StreamForm):
    """ACTION-Net ResNet of the past alone: one block sees four frames back.

    The weights of clips do not fit, though their shapes do.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, 3, H, W).
    """

    causal = True
