"""ResNet of bottlenecks with a place for a shift on each branch; blocks are torchvision's.

Reference:
    He et al., "Deep Residual Learning", CVPR 2016, https://arxiv.org/abs/1512.03385; the stride is
    on the 3x3 convolution, as in torchvision (BSD-3-Clause), whose names the weights have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck, conv1x1

DROPOUT = 0.5
_EXPANSION = Bottleneck.expansion
_WIDTHS = (64, 128, 256, 512)
_SPREAD = 0.001
"""Of a fresh classifier's weights."""

Blockwise = Callable[[Tensor, str], Tensor]
"""Changes the features of a block, which is given by its name, for example ``layer1.0``."""


def unchanged(features: Tensor, block: str) -> Tensor:
    """No change."""
    return features


class ShiftedBottleneck(Bottleneck):
    """A bottleneck whose branch starts with a shift; the identity path stays un-shifted."""

    def forward(self, x: Tensor, shift: Callable[[Tensor], Tensor]) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        branch = self.relu(self.bn1(self.conv1(shift(x))))
        branch = self.relu(self.bn2(self.conv2(branch)))
        branch = self.bn3(self.conv3(branch))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """ResNet-50 by default. Input: RGB, normalised, (N, 3, H, W)."""

    def __init__(
        self,
        num_classes: int,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
    ) -> None:
        """Create it with torchvision's initialisation, and TSM's for the classifier.

        Args:
            num_classes: K.
            width: Multiplier of all channel counts, which stay multiples of 8.
            blocks: Bottlenecks of the four stages.
        """
        super().__init__()
        widths = [max(8, round(channels * width / 8) * 8) for channels in _WIDTHS]
        channels = widths[0]
        self.conv1 = nn.Conv2d(3, channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for number, (planes, count) in enumerate(zip(widths, blocks, strict=True)):
            stage = nn.ModuleList()
            for index in range(count):
                stride = 2 if number and not index else 1
                shortcut = None
                if index == 0:
                    out = planes * _EXPANSION
                    shortcut = nn.Sequential(conv1x1(channels, out, stride), nn.BatchNorm2d(out))
                stage.append(ShiftedBottleneck(channels, planes, stride, shortcut))
                channels = planes * _EXPANSION
            self.add_module(f"layer{number + 1}", stage)
        self.channels = channels
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def blocks(self) -> Iterator[tuple[str, ShiftedBottleneck]]:
        """Name and block, in order."""
        for number in range(1, 5):
            for index, block in enumerate(self.get_submodule(f"layer{number}").children()):
                yield f"layer{number}.{index}", block

    def body(self, x: Tensor, shift: Blockwise = unchanged, after: Blockwise = unchanged) -> Tensor:
        """Last features.

        Args:
            x: (N, 3, H, W).
            shift: What enters a block's branch, of what enters the block.
            after: What leaves a block, of what the block gives.

        Returns:
            (N, C, h, w).
        """
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name, block in self.blocks():
            # Bound now: the block calls it at once.
            x = after(block(x, lambda features, name=name: shift(features, name)), name)
        return x
