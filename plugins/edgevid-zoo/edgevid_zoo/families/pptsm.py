"""PP-TSM: TSM on ResNet-D with leaky activations, as in PaddleVideo.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    He et al., "Bag of Tricks for Image Classification", CVPR 2019,
    https://arxiv.org/abs/1812.01187; changes as in PaddleVideo's ``resnet_tweaks_tsm.py``
    (Apache-2.0), restated from a description.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.architecture import ResNet50Architecture
from edgevid_zoo.families.tsm import BOTH_WAYS, TSM, OnlineTSMResNet, Shifted
from edgevid_zoo.parts.heads import class_maps
from edgevid_zoo.parts.resnet import ResNet

_SLOPE = 0.01
_CLASSIFIER_SPREAD = 0.01


class _ResNetD(ResNet):
    """Trunk of both forms."""

    def __init__(self, num_classes: int, num_frames: int = 8, **trunk: Any) -> None:
        """Create it.

        Args:
            num_classes: K.
            num_frames: T of training: one channel in T is shifted in each direction.
            trunk: Further arguments of ``ResNet``.
        """
        super().__init__(num_classes, **trunk)
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


class PPTSMResNet(Shifted, _ResNetD):
    """PP-TSM for clips.

    Of C channels C // T are moved from the past and as many from the future, in this order: that of
    mit-han-lab's TSM is the reverse, so that weights of the one are wrong in the other.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        return self.clip_features(clip, "both_past_first")

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.features_of(clip)
        # Dropout, mean over time, classifier: TSM has the last two the other way round.
        pooled = self.dropout(features.mean(dim=(3, 4))).mean(dim=1)
        return self.classifier(pooled), class_maps(features.mean(dim=1), self.classifier)


class OnlinePPTSMResNet(OnlineTSMResNet, _ResNetD):
    """PP-TSM for streams, shifted from the past alone; it has to be trained so.

    Of C channels C // T are moved.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W).
    """


class PpTsmResNet50(ResNet50Architecture):
    """PP-TSM, ResNet-50-D of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "pptsm_resnet50"
    module: ClassVar[type[nn.Module]] = PPTSMResNet
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both_past_first", "num_frames": "same"}
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8


class PpTsmResNet50Causal(ResNet50Architecture):
    """PP-TSM, ResNet-50-D, shifted from the past alone, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "pptsm_resnet50_causal"
    module: ClassVar[type[nn.Module]] = OnlinePPTSMResNet
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past", "num_frames": "same"}
    num_frames: ClassVar[int] = 8
