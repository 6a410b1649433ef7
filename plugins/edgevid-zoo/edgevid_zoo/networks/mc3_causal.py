"""MC3-18 as a stream: it convolves over time in the stem and in the first stage alone.

Reference:
    Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018,
    https://arxiv.org/abs/1711.11248.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from edgevid_zoo.networks.video_resnet import VideoResNet18
from edgevid_zoo.parts.forms import StreamForm
from edgevid_zoo.parts.temporal_conv import Neighbours
from edgevid_zoo.parts.temporal_padding import TemporalPadding, zeros_before

_KERNEL = 3


class CausalMC3(StreamForm, VideoResNet18):
    """MC3-18 whose zeros are all in the past, so that it runs on streams; it has to be trained so.

    A frame's logits are of its own last features.

    Paper: R(2+1)D, R3D and MC3, https://arxiv.org/abs/1711.11248.
    Input: RGB, normalised by torchvision's mean and deviation, (N, 3, H, W).
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = (2, 2, 2, 2)
    ) -> None:
        """Create it; the arguments are those of ``VideoResNet18``."""
        super().__init__("mc3", num_classes, width, blocks)
        # As torchvision has it.
        self.dropout = nn.Identity()
        for part in self._over_time():
            part[0].padding = (0, *part[0].padding[1:])

    def _over_time(self) -> Iterator[nn.Sequential]:
        """Each convolution over time with its norm, in order."""
        yield self.stem
        for block in self.layer1:
            yield from (block.conv1, block.conv2)

    @property
    def memory_frames(self) -> int:
        """How many frames back it sees."""
        return sum(_KERNEL - 1 for _ in self._over_time())

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """Shapes (C, 2, h, w) of the last inputs of each convolution over time, in order."""
        stem, *others = (part[0].in_channels for part in self._over_time())
        half = (height + 1) // 2, (width + 1) // 2
        past = _KERNEL - 1
        return [(stem, past, height, width), *((channels, past, *half) for channels in others)]

    def features_of(self, clip: Tensor, padding: TemporalPadding = zeros_before) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        x = self.stem(padding(clip.transpose(1, 2), _KERNEL))
        for block in self.layer1:
            branch = block.conv2(padding(block.conv1(padding(x, _KERNEL)), _KERNEL))
            x = block.relu(branch + (x if block.downsample is None else block.downsample(x)))
        for stage in (self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.transpose(1, 2)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""
        clip = x.unflatten(0, (-1, neighbours.length))
        return self.features_of(clip, neighbours.padding).flatten(0, 1)
