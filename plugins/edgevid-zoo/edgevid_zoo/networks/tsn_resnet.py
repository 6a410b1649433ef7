"""TSN on ResNet, as a stream: the mean of the last frames' logits.

Reference:
    Wang et al., "Temporal Segment Networks", ECCV 2016, https://arxiv.org/abs/1608.00859.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgevid_zoo.parts.logit_buffer import MeanOfLastFrames
from edgevid_zoo.parts.resnet import ResNet


class TSNResNet(MeanOfLastFrames, ResNet):
    """TSN ResNet with a buffer of logits.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(
        self,
        num_classes: int,
        num_frames: int = 8,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
    ) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T, how many frames the mean is over.
            width: Multiplier of the channel counts.
            blocks: Bottlenecks of the four stages.
        """
        super().__init__(num_classes, width, blocks)
        self.num_frames = num_frames
