"""PP-TSM: TSM on ResNet-D with leaky activations, as in PaddleVideo.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    He et al., "Bag of Tricks for Image Classification", CVPR 2019,
    https://arxiv.org/abs/1812.01187; changes as in PaddleVideo's ``resnet_tweaks_tsm.py``
    (Apache-2.0), restated from a description.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.networks.tsm_resnet import OnlineTSMResNet
from edgevid_zoo.parts.consensus import class_maps
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.temporal_shift import ClipShift

_SLOPE = 0.01
_CLASSIFIER_SPREAD = 0.01


class _ResNetD(ResNet):
    """What both forms share."""

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
            num_frames: T of training, which says how many channels move.
            width: Multiplier of the channel counts.
            blocks: Bottlenecks of the four stages.
        """
        super().__init__(num_classes, width, blocks)
        self.divisor = num_frames
        self.relu = nn.LeakyReLU(_SLOPE)
        stem = self.conv1.out_channels
        widths = (3, stem // 2, stem // 2, stem)
        layers: list[nn.Module] = []
        for index, (inp, out) in enumerate(pairwise(widths)):
            layers += [nn.Conv2d(inp, out, 3, 1 if index else 2, 1, bias=False)]
            # The last norm and activation are the trunk's own.
            layers += [nn.BatchNorm2d(out), nn.LeakyReLU(_SLOPE)] if index < 2 else []
        self.conv1 = nn.Sequential(*layers)
        for _, block in self.blocks():
            block.relu = nn.LeakyReLU(_SLOPE)
            if block.stride == 2 and block.downsample is not None:
                conv, norm = block.downsample
                pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
                plain = conv1x1(conv.in_channels, conv.out_channels)
                block.downsample = nn.Sequential(pool, plain, norm)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.classifier.weight, 0, _CLASSIFIER_SPREAD)


class PPTSMResNet(_ResNetD):
    """PP-TSM for clips.

    Of C channels C // T are moved from the past and as many from the future, in this order: that of
    mit-han-lab's TSM is the reverse, so that weights of the one are wrong in the other.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]
        shift = ClipShift(length, "both_past_first", self.divisor)
        return self.body(clip.flatten(0, 1), shift).unflatten(0, (-1, length))

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.features_of(clip)
        # Dropout, mean over time, classifier: TSM has the last two the other way round.
        pooled = self.dropout(features.mean(dim=(3, 4))).mean(dim=1)
        return self.classifier(pooled), class_maps(features.mean(dim=1), self.classifier)


class OnlinePPTSMResNet(OnlineTSMResNet, _ResNetD):
    """The same with the shift from the past alone, for streams; it has to be trained so.

    Of C channels C // T are moved.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W).
    """
