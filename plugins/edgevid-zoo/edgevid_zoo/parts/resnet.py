"""ResNet with a place for a shift on each branch; blocks are torchvision's.

Reference:
    He et al., "Deep Residual Learning", CVPR 2016, https://arxiv.org/abs/1512.03385; the stride is
    on the 3x3 convolution, as in torchvision (BSD-3-Clause), whose names the weights have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck, conv1x1

from edgevid_zoo.parts.width import scaled

DROPOUT = 0.5
_WIDTHS = (64, 128, 256, 512)
SPREAD = 0.001
"""Standard deviation of a fresh classifier's weights."""


class Blockwise(Protocol):
    """Changes the features of a block, which is given by its name, for example ``layer1.0``.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: features, (N, C, H, W).
    """

    def __call__(self, features: Tensor, block: str) -> Tensor:
        """(N, C, H, W) to (N, C, H, W)."""
        ...


Spatial = Callable[[Tensor], Tensor]
"""The 3x3 convolution of a bottleneck with its norm and activation."""

Inside = Callable[..., Tensor]
"""Replaces ``Spatial`` in a bottleneck: takes its input, ``block`` (name) and ``spatial``."""


def unchanged(features: Tensor, block: str = "") -> Tensor:
    """No change."""
    return features


class ShiftedBottleneck(Bottleneck):
    """A bottleneck whose branch starts with a shift; the identity path stays un-shifted.

    Papers: ResNet, https://arxiv.org/abs/1512.03385; TSM, https://arxiv.org/abs/1811.08383.
    Input: features, (N, C, H, W).
    """

    def forward(
        self, x: Tensor, shift: Callable[[Tensor], Tensor], inside: Spatial | None = None
    ) -> Tensor:
        """(N, C, H, W) to (N, C', H', W'); ``inside`` may stand for ``spatial``."""
        branch = (inside or self.spatial)(self.relu(self.bn1(self.conv1(shift(x)))))
        branch = self.bn3(self.conv3(branch))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))

    def spatial(self, narrow: Tensor) -> Tensor:
        """The 3x3 convolution with norm and activation, (N, P, H, W) to (N, P, H', W')."""
        return self.relu(self.bn2(self.conv2(narrow)))


class ShiftedBasicBlock(BasicBlock):
    """A block of two convolutions whose branch starts with a shift.

    Papers: ResNet, https://arxiv.org/abs/1512.03385; TSM, https://arxiv.org/abs/1811.08383.
    Input: features, (N, C, H, W).
    """

    def forward(self, x: Tensor, shift: Callable[[Tensor], Tensor]) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        branch = self.relu(self.bn1(self.conv1(shift(x))))
        branch = self.bn2(self.conv2(branch))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))


Block = ShiftedBottleneck | ShiftedBasicBlock


class ResNet(nn.Module):
    """ResNet-50 by default.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def __init__(
        self,
        num_classes: int,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
        block: type[Block] = ShiftedBottleneck,
    ) -> None:
        """Create it with torchvision's initialisation, and TSM's for the classifier.

        Args:
            num_classes: K.
            width: Multiplier of all channel counts, which stay multiples of 8.
            blocks: Blocks of the four stages.
            block: Bottlenecks, or the basic blocks of ResNet-18.
        """
        super().__init__()
        widths = [scaled(channels, width) for channels in _WIDTHS]
        channels = widths[0]
        self.conv1 = nn.Conv2d(3, channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for number, (planes, count) in enumerate(zip(widths, blocks, strict=True)):
            stage = nn.ModuleList()
            out = planes * block.expansion
            for index in range(count):
                stride = 2 if number and not index else 1
                shortcut = None
                if stride > 1 or channels != out:
                    shortcut = nn.Sequential(conv1x1(channels, out, stride), nn.BatchNorm2d(out))
                stage.append(block(channels, planes, stride, shortcut))
                channels = out
            self.add_module(f"layer{number + 1}", stage)
        self.channels = channels
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.classifier.weight, 0, SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """Name and block, in order."""
        for number in range(1, 5):
            for index, block in enumerate(self.get_submodule(f"layer{number}").children()):
                yield f"layer{number}.{index}", block

    def entries(self, height: int, width: int) -> Iterator[tuple[Block, int, int]]:
        """Each block, and the size of what enters it, for an input of (height, width)."""
        for _ in ("conv1", "maxpool"):
            height, width = (height + 1) // 2, (width + 1) // 2
        for _, block in self.blocks():
            yield block, height, width
            if block.stride == 2:
                height, width = (height + 1) // 2, (width + 1) // 2

    def body(
        self,
        x: Tensor,
        shift: Blockwise = unchanged,
        after: Blockwise = unchanged,
        inside: Inside | None = None,
    ) -> Tensor:
        """Last features.

        Args:
            x: (N, 3, H, W).
            shift: What enters a block's branch, of what enters the block.
            after: What leaves a block, of what the block gives.
            inside: What stands for the 3x3 convolution of a bottleneck.

        Returns:
            (N, C, h, w).
        """
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name, block in self.blocks():
            hooks = [partial(shift, block=name)]
            if inside is not None:
                hooks.append(partial(inside, block=name, spatial=block.spatial))
            x = after(block(x, *hooks), name)
        return x
