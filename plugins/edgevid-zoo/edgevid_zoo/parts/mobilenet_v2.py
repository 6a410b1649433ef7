"""MobileNetV2 with a place for a shift on the branch of each block that has a skip.

Reference:
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from torch import Tensor, nn

from edgevid_zoo.parts.resnet import unchanged

_STAGES = ((1, 16, 1), (6, 24, 2), (6, 32, 2), (6, 64, 2), (6, 96, 1), (6, 160, 2), (6, 320, 1))
"""Expansion, channels, stride of the first block."""
BLOCKS = (1, 2, 3, 4, 3, 3, 1)
_STEM_CHANNELS = 32
_LAST_CHANNELS = 1280


def _conv(inp: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inp, out, kernel, stride, kernel // 2, groups=groups, bias=False)


def _rounded_up(channels: int, width: float) -> int:
    """Channels at a width multiplier, a multiple of 8."""
    return math.ceil(channels * width / 8) * 8


class InvertedResidual(nn.Module):
    """Expand, depthwise, project; a skip where shape allows, and then a shift on the branch.

    Paper: MobileNetV2, https://arxiv.org/abs/1801.04381.
    Input: features, (N, C, H, W).
    """

    def __init__(self, inp: int, out: int, stride: int, expand: int) -> None:
        """Create a block from ``inp`` to ``out`` channels."""
        super().__init__()
        hidden = inp * expand
        layers: list[nn.Module] = []
        if expand != 1:
            layers += [_conv(inp, hidden, 1), nn.BatchNorm2d(hidden), nn.ReLU6()]
        layers += [
            _conv(hidden, hidden, 3, stride, groups=hidden),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            _conv(hidden, out, 1),
            nn.BatchNorm2d(out),
        ]
        self.conv = nn.Sequential(*layers)
        self.channels, self.stride = inp, stride
        self.has_skip = stride == 1 and inp == out

    def forward(self, x: Tensor, shift: Callable[[Tensor], Tensor]) -> Tensor:
        """The identity path stays un-shifted."""
        return x + self.conv(shift(x)) if self.has_skip else self.conv(x)


class MobileNetV2(nn.Module):
    """MobileNetV2; ``body`` takes a shift of the features that enter blocks with a skip.

    Paper: MobileNetV2, https://arxiv.org/abs/1801.04381.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = BLOCKS
    ) -> None:
        """Create it with the paper's initialisation.

        Args:
            num_classes: K.
            width: Multiplier of all channel counts but the classifier's input below 1.
            blocks: Blocks of the seven stages.
        """
        super().__init__()
        stem = _rounded_up(_STEM_CHANNELS, width)
        layers: list[nn.Module] = [
            nn.Sequential(_conv(3, stem, 3, 2), nn.BatchNorm2d(stem), nn.ReLU6())
        ]
        channels = stem
        for (expand, out, stride), count in zip(_STAGES, blocks, strict=True):
            for number in range(count):
                step = stride if number == 0 else 1
                layers.append(InvertedResidual(channels, _rounded_up(out, width), step, expand))
                channels = _rounded_up(out, width)
        last = _rounded_up(_LAST_CHANNELS, width) if width > 1 else _LAST_CHANNELS
        layers.append(nn.Sequential(_conv(channels, last, 1), nn.BatchNorm2d(last), nn.ReLU6()))
        self.features = nn.Sequential(*layers)
        self.dropout: nn.Module = nn.Identity()
        self.classifier = nn.Linear(last, num_classes)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, 0, math.sqrt(2.0 / fan_out))
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.zeros_(module.bias)

    def blocks_with_skip(self) -> list[InvertedResidual]:
        """Return the blocks that may be shifted, ten of seventeen by default, in order."""
        return [block for block in self.features[1:-1] if block.has_skip]

    def entries(self, height: int, width: int) -> Iterator[tuple[InvertedResidual, int, int]]:
        """Each block with a skip, and the size of what enters it, for an input of that size."""
        height, width = (height + 1) // 2, (width + 1) // 2
        for block in self.features[1:-1]:
            if block.has_skip:
                yield block, height, width
            if block.stride == 2:
                height, width = (height + 1) // 2, (width + 1) // 2

    def body(self, x: Tensor, shift: Callable[[Tensor], Tensor] = unchanged) -> Tensor:
        """Last features (N, C, h, w) of (N, 3, H, W).

        ``shift`` is called for one block with a skip after the other, with what enters its branch.
        """
        x = self.features[0](x)
        for block in self.features[1:-1]:
            x = block(x, shift)
        return self.features[-1](x)
