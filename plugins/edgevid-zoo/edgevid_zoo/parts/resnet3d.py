"""3-D ResNet of bottlenecks, each with a kernel over time that may be 1: Slow, C2D, I3D, SlowFast.

References:
    Feichtenhofer et al., "SlowFast Networks", ICCV 2019, https://arxiv.org/abs/1812.03982.
    He et al., "Deep Residual Learning", CVPR 2016, https://arxiv.org/abs/1512.03385; the stride is
    on the 3x3 convolution. Names of weights are torchvision's of two dimensions, so that these can
    be inflated by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from edgevid_zoo.parts.resnet import Blockwise, unchanged
from edgevid_zoo.parts.temporal_padding import TemporalPadding
from edgevid_zoo.parts.width import scaled

EXPANSION = 4
_WIDTHS = (64, 128, 256, 512)


def scaled_planes(width: float, share: float = 1.0) -> list[int]:
    """Inner channels of the four stages, multiples of 8; ``share`` is that of a thin pathway."""
    return [scaled(planes, width * share) for planes in _WIDTHS]


class Bottleneck3d(nn.Module):
    """kt x 1 x 1, then 1 x 3 x 3 with the stride, then 1 x 1 x 1, and a shortcut.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: features, (N, C, T, H, W).
    """

    def __init__(self, channels: int, planes: int, kernel: int, stride: int) -> None:
        """Create a block that starts as its shortcut.

        Args:
            channels: Of the input; those of the output are four times ``planes``.
            planes: Inner channels.
            kernel: Frames under the first convolution, odd.
            stride: In space.
        """
        super().__init__()
        self.kernel, self.stride, out = kernel, stride, planes * EXPANSION
        self.conv1 = nn.Conv3d(channels, planes, (kernel, 1, 1), bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(
            planes, planes, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False
        )
        self.bn2 = nn.BatchNorm3d(planes)
        self.conv3 = nn.Conv3d(planes, out, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(out)
        self.relu = nn.ReLU()
        self.downsample: nn.Sequential | None = None
        if stride != 1 or channels != out:
            spatial = (1, stride, stride)
            shortcut = nn.Conv3d(channels, out, 1, spatial, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm3d(out))

    def forward(self, x: Tensor, padding: TemporalPadding) -> Tensor:
        """(N, C, T, H, W) to (N, C', T, H', W')."""
        branch = self.relu(self.bn1(self.conv1(padding(x, self.kernel))))
        branch = self.relu(self.bn2(self.conv2(branch)))
        branch = self.bn3(self.conv3(branch))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))


class ResNet3d(nn.Module):
    """Stem and four stages without a head.

    No stride is in time. What stands between stages, as pools and lateral connections, is the
    network's that calls ``stem`` and then ``stage`` by ``stage``.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised, (N, 3, T, H, W).
    """

    def __init__(
        self,
        planes: Sequence[int],
        stem_kernel: int,
        kernels: Sequence[Sequence[int]],
        joined: Sequence[int] = (0, 0, 0, 0),
    ) -> None:
        """Create it with the initialisation of PySlowFast.

        Args:
            planes: Inner channels of the four stages, see ``scaled_planes``; the stem has those of
                the first stage.
            stem_kernel: Frames under the stem's convolution, odd.
            kernels: Frames under the first convolution of each block, for each stage.
            joined: Channels of another pathway that come with the input of each stage.
        """
        super().__init__()
        channels = planes[0]
        self.stem_kernel = stem_kernel
        self.conv1 = nn.Conv3d(3, channels, (stem_kernel, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)
        self.bn1 = nn.BatchNorm3d(channels)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.stem_channels = channels
        for number, (inner, over_time) in enumerate(zip(planes, kernels, strict=True)):
            stage = nn.ModuleList()
            channels += joined[number]
            for index, kernel in enumerate(over_time):
                stride = 2 if number and not index else 1
                stage.append(Bottleneck3d(channels, inner, kernel, stride))
                channels = inner * EXPANSION
            self.add_module(f"layer{number + 1}", stage)
        self.channels = channels
        """Size of the last features."""
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, Bottleneck3d):
                nn.init.zeros_(module.bn3.weight)

    def stem(self, x: Tensor, padding: TemporalPadding) -> Tensor:
        """(N, 3, T, H, W) to (N, C, T, H / 4, W / 4)."""
        return self.maxpool(self.relu(self.bn1(self.conv1(padding(x, self.stem_kernel)))))

    def stage(
        self, number: int, x: Tensor, padding: TemporalPadding, after: Blockwise = unchanged
    ) -> Tensor:
        """Features after a stage, 1 to 4, of those before it, both (N, C, T, h, w).

        ``after`` is called with what leaves each block, and with the block's name.
        """
        for name, block in self.blocks(number):
            x = after(block(x, padding), name)
        return x

    def blocks(self, *numbers: int) -> Iterator[tuple[str, Bottleneck3d]]:
        """Name and block, in order, of some stages or of all."""
        for number in numbers or range(1, 5):
            for index, block in enumerate(self.get_submodule(f"layer{number}").children()):
                yield f"layer{number}.{index}", block

    @property
    def past_frames(self) -> int:
        """Frames of the past in the receptive field of the last features if all padding is past."""
        return self.stem_kernel - 1 + sum(block.kernel - 1 for _, block in self.blocks())

    def state_shapes(self, height: int, width: int) -> list[tuple[int, ...]]:
        """Shapes (C, kernel - 1, h, w) of what ``PastFrames`` needs, in order.

        Args:
            height: Of the input.
            width: Of the input.
        """
        shapes: list[tuple[int, ...]] = []
        if self.stem_kernel > 1:
            shapes.append((3, self.stem_kernel - 1, height, width))
        for _ in ("conv1", "maxpool"):
            height, width = (height + 1) // 2, (width + 1) // 2
        for _, block in self.blocks():
            if block.kernel > 1:
                shapes.append((block.conv1.in_channels, block.kernel - 1, height, width))
            if block.stride == 2:
                height, width = (height + 1) // 2, (width + 1) // 2
        return shapes
