"""STM on ResNet: a convolution over time and a motion module inside every bottleneck.

Reference:
    Jiang et al., "STM: SpatioTemporal and Motion Encoding for Action Recognition", ICCV 2019,
    https://arxiv.org/abs/1908.02486.
"""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.architecture import ResNet50Architecture
from edgevid_zoo.parts.forms import ClipForm, PartInTime, StateShape, StreamForm
from edgevid_zoo.parts.motion import MotionDifference, reduced
from edgevid_zoo.parts.resnet import ResNet, Spatial
from edgevid_zoo.parts.temporal_conv import KERNEL, Neighbours, TemporalConv

_FOLD_DIVISOR = 4
"""One channel in four starts shifted in each direction; TSM's one in eight."""


class STM(PartInTime):
    """Module around the 3x3 convolution of a bottleneck (CSTM and CMM).

    Sees one frame in each direction; if causal, ``memory_frames`` back.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: features, (N*T, C, H, W).
    """

    memory_frames = KERNEL - 1

    def __init__(self, channels: int, stride: int, *, causal: bool) -> None:
        """Create it.

        Args:
            channels: Channels of the 3x3 convolution.
            stride: Stride of the 3x3 convolution.
            causal: Whether it sees the past alone.
        """
        super().__init__()
        fold = channels // _FOLD_DIVISOR
        self.temporal = TemporalConv(channels)
        self.temporal.start_as_shift(slice(fold), slice(channels - fold, None), causal=causal)
        self.motion = MotionDifference(channels, causal=causal)
        self.expand = conv1x1(reduced(channels), channels)
        # The paper is silent on strides. Rounded up as the convolution rounds.
        self.pool = nn.MaxPool2d(2, ceil_mode=True) if stride == 2 else nn.Identity()

    def forward(self, x: Tensor, spatial: Spatial, neighbours: Neighbours) -> Tensor:
        """(N*T, C, H, W) to what ``spatial`` makes of it in shape."""
        features = spatial(self.temporal(x, neighbours))
        return features + self.pool(self.expand(self.motion(x, neighbours)))

    def state_shapes(self, height: int, width: int) -> list[StateShape]:
        """Shapes (C, T, h, w) of the memory of a causal one for an input (height, width)."""
        channels = self.temporal.out_channels
        return [(channels, KERNEL - 1, height, width), (reduced(channels), 1, height, width)]


class STMTrunk(ResNet):
    """ResNet-50 by default, with STM in every bottleneck; further weights are ``*.stm.*``.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: RGB, normalised, (N*T, 3, H, W).
    """

    causal = False

    def __init__(self, num_classes: int, **trunk: Any) -> None:
        """Create it on a ``ResNet(**trunk)`` of bottlenecks; its kernels over time only shift."""
        super().__init__(num_classes, **trunk)
        for _, block in self.blocks():
            block.stm = STM(block.conv2.in_channels, block.stride, causal=self.causal)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""

        def inside(narrow: Tensor, block: str, spatial: Spatial) -> Tensor:
            return self.get_submodule(block).stm(narrow, spatial, neighbours)

        return self.body(x, inside=inside)


class STMResNet(STMTrunk, ClipForm):
    """STM ResNet for clips: one block reaches one frame in each direction.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: RGB, normalised, (N, T, 3, H, W).
    """


class CausalSTMResNet(STMTrunk, StreamForm):
    """STM ResNet of the past alone: one block sees two frames back.

    Convolutions over time end at the current frame and the motion is that since the frame before,
    so that the weights of clips do not fit, though their shapes do.

    Paper: STM, https://arxiv.org/abs/1908.02486.
    Input: RGB, normalised, (N, 3, H, W).
    """

    causal = True


class StmResNet50(ResNet50Architecture):
    """STM ResNet-50 of clips, https://arxiv.org/abs/1908.02486.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "stm_resnet50"
    module: ClassVar[type[nn.Module]] = STMResNet
    paper: ClassVar[str] = "https://arxiv.org/abs/1908.02486"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its convolutions over time and its motion need the next frame, and put zeros beyond both "
        "ends of a clip"
    )
    num_frames: ClassVar[int] = 8


class StmResNet50Causal(ResNet50Architecture):
    """Causal STM ResNet-50, https://arxiv.org/abs/1908.02486: two frames back for each block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "stm_resnet50_causal"
    module: ClassVar[type[nn.Module]] = CausalSTMResNet
    paper: ClassVar[str] = StmResNet50.paper
    temporal_mode: ClassVar[Any] = "stream"
