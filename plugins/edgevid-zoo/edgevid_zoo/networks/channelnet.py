"""ChannelNet-v1, v2 and v3, for single frames.

Reference:
    Gao et al., "ChannelNets: Compact and Efficient Convolutional Neural Networks via Channel-Wise
    Convolutions", NeurIPS 2018, https://arxiv.org/abs/1809.01330. The layout is the paper's; the
    authors' code has concatenations and a dense layer over places, and 0.2 million weights more.
    Left out is its dropout of one value in ten thousand.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from edgevid_zoo.parts.channelwise import ChannelwiseClassifier, ChannelwiseConv
from edgevid_zoo.parts.consensus import class_maps
from edgevid_zoo.parts.same_padding import pad_same
from edgevid_zoo.parts.width import scaled

Version = Literal[1, 2, 3]

STRIDE = 32
"""Of the last features."""
_STEM = 32
_BEFORE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2))
"""Channels and stride of the separable blocks before the grouped ones."""
_LAST = 1024
_GROUPS = 2
_SHARED_TAPS = 64
"""Kernel over channels in place of the last dense one, from version 2 on."""
_SPREAD = 0.09


class _Separable(nn.Module):
    """3x3 of each channel, then 1x1 within each group; the first is linear."""

    def __init__(self, inp: int, out: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inp, inp, 3, stride, groups=inp, bias=False)
        self.pointwise = nn.Conv2d(inp, out, 1, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.relu = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        x = _same(x, self.depthwise)
        return self.relu(self.norm(self.pointwise(x)))


class _Grouped(nn.Module):
    """Two separable blocks in groups, after a channel-wise convolution that mixes the groups.

    With it, it is the paper's GCWM; without, its GM.
    """

    def __init__(self, channels: int, *, mixed: bool, skipped: bool) -> None:
        super().__init__()
        self.mix = ChannelwiseConv(4 * _GROUPS, _GROUPS) if mixed else nn.Identity()
        blocks = [_Separable(channels, channels, groups=_GROUPS) for _ in range(2)]
        self.blocks = nn.Sequential(*blocks)
        self.skipped = skipped

    def forward(self, x: Tensor) -> Tensor:
        branch = self.blocks(self.mix(x))
        return x + branch if self.skipped else branch


class _Shared(nn.Module):
    """3x3 of each channel, then one kernel over channels; no norm and no activation follows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, groups=channels, bias=False)
        self.channelwise = ChannelwiseConv(_SHARED_TAPS)

    def forward(self, x: Tensor) -> Tensor:
        return self.channelwise(_same(x, self.depthwise))


class ChannelNet(nn.Module):
    """ChannelNet-v1, v2 or v3.

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: RGB, normalised, (N, 3, H, W); version 3 takes one size.
    """

    def __init__(
        self,
        version: Version,
        num_classes: int,
        input_size: tuple[int, int] = (224, 224),
        width: float = 1.0,
    ) -> None:
        """Create it with the initialisation of the authors.

        Args:
            version: 2 has one kernel over channels for the last dense one, 3 also as classifier.
            num_classes: K; in version 3 at most ``last_channels(width)``.
            input_size: (height, width).
            width: Multiplier of the channel counts.
        """
        super().__init__()
        channels = scaled(_STEM, width)
        self.stem = nn.Conv2d(3, channels, 3, 2, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        blocks: list[nn.Module] = []
        for out, stride in _BEFORE:
            blocks.append(_Separable(channels, scaled(out, width), stride))
            channels = scaled(out, width)
        blocks += [
            _Grouped(channels, mixed=False, skipped=True),
            _Grouped(channels, mixed=True, skipped=False),
            _Grouped(channels, mixed=True, skipped=True),
        ]
        last = last_channels(width)
        blocks.append(_Separable(channels, last, 2))
        blocks.append(_Separable(last, last) if version == 1 else _Shared(last))
        self.blocks = nn.Sequential(*blocks)
        self.classifier: nn.Module
        if version == 3:
            height, breadth = (-(-side // STRIDE) for side in input_size)
            self.classifier = ChannelwiseClassifier(last, num_classes, height * breadth)
        else:
            self.classifier = nn.Linear(last, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Conv1d | nn.Linear):
                nn.init.trunc_normal_(module.weight, 0, _SPREAD, -2 * _SPREAD, 2 * _SPREAD)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Frames (N, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.blocks(self.norm(_same(x, self.stem)))
        if isinstance(self.classifier, nn.Linear):
            logits = self.classifier(features.mean(dim=(2, 3)))
            return logits, class_maps(features, self.classifier)
        maps = self.classifier(features)
        return maps.mean(dim=(2, 3)), maps

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W)."""
        return self(clip.flatten(0, 1))[0].unflatten(0, (-1, clip.shape[1]))


def last_channels(width: float) -> int:
    """Channels of the last features."""
    return scaled(_LAST, width)


def _same(x: Tensor, conv: nn.Conv2d) -> Tensor:
    return conv(pad_same(x, conv.kernel_size, conv.stride))
