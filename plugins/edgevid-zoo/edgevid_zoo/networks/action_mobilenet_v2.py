"""ACTION-Net on MobileNetV2: a learned shift and three gates where TSM has its shift.

References:
    Wang et al., "ACTION-Net", CVPR 2021, https://arxiv.org/abs/2103.07372.
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from edgevid_zoo.parts.excitation import Action
from edgevid_zoo.parts.forms import ClipForm, StreamForm
from edgevid_zoo.parts.mobilenet_v2 import BLOCKS, MobileNetV2
from edgevid_zoo.parts.resnet import DROPOUT
from edgevid_zoo.parts.temporal_conv import Neighbours


class ActionMobileNetTrunk(MobileNetV2):
    """MobileNetV2 with ACTION on the branch of each block with a skip, ten of them.

    Further weights are ``*.action.*``.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N*T, 3, H, W); H and W multiples of 16.
    """

    causal = False

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = BLOCKS
    ) -> None:
        """Create it; at the start the learned shifts are TSM's.

        Args:
            num_classes: K.
            width: Multiplier of the channel counts.
            blocks: Of the seven stages.
        """
        super().__init__(num_classes, width, blocks)
        self.dropout = nn.Dropout(DROPOUT)
        for block in self.blocks_with_skip():
            block.action = Action(block.channels, causal=self.causal)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""
        actions = (block.action for block in self.blocks_with_skip())
        return self.body(x, lambda entry: next(actions)(entry, neighbours))


class ActionMobileNetV2(ActionMobileNetTrunk, ClipForm):
    """ACTION-Net MobileNetV2 for clips: one block reaches two frames in each direction.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, T, 3, H, W); H and W multiples of 16.
    """


class CausalActionMobileNetV2(ActionMobileNetTrunk, StreamForm):
    """ACTION-Net MobileNetV2 of the past alone: one block sees four frames back.

    The weights of clips do not fit, though their shapes do.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    causal = True
