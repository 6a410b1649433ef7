"""ACTION-Net: a learned shift, and three gates of which two weigh channels and one weighs places.

References:
    Wang et al., "ACTION-Net: Multipath Excitation for Action Recognition", CVPR 2021,
    https://arxiv.org/abs/2103.07372.
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.architecture import Count, ResNet50Architecture, WidthOptions, ZooArchitecture
from edgevid_zoo.families.tsm import FOLD_DIVISOR
from edgevid_zoo.parts.forms import ClipForm, PartInTime, StateShape, StreamForm
from edgevid_zoo.parts.mobilenet_v2 import BLOCKS, MobileNetV2
from edgevid_zoo.parts.motion import MotionDifference, reduced
from edgevid_zoo.parts.resnet import DROPOUT, ResNet
from edgevid_zoo.parts.temporal_conv import KERNEL, Neighbours, TemporalConv, as_frames

ACTION_NET = "https://arxiv.org/abs/2103.07372"
WHY_CLIPS = (
    "its shifts, convolutions over time and motion need the next two frames, and put zeros beyond "
    "both ends of a clip"
)


class SpatioTemporalGate(nn.Module):
    """Weighs places by the mean over channels around them, in space and time (STE).

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    def __init__(self) -> None:
        """Create it."""
        super().__init__()
        # Along time the neighbours come with the input.
        self.conv = nn.Conv3d(1, 1, KERNEL, padding=(0, 1, 1), bias=False)

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Features (N*T, C, H, W) to weights (N*T, 1, H, W)."""
        return as_frames(self.conv(neighbours(x.mean(dim=1, keepdim=True), KERNEL))).sigmoid()


class ChannelGate(nn.Module):
    """Weighs channels by their means in neighbouring frames (CE).

    Squeeze-and-excitation with a convolution over time between its two layers, and no bias.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    def __init__(self, channels: int) -> None:
        """Create it for ``channels``."""
        super().__init__()
        inner = reduced(channels)
        self.squeeze = conv1x1(channels, inner)
        self.temporal = TemporalConv(inner, depthwise=False)
        self.relu = nn.ReLU()
        self.expand = conv1x1(inner, channels)

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Features (N*T, C, H, W) to weights (N*T, C, 1, 1)."""
        squeezed = self.squeeze(x.mean(dim=(2, 3), keepdim=True))
        return self.expand(self.relu(self.temporal(squeezed, neighbours))).sigmoid()


class MotionGate(nn.Module):
    """Weighs channels by how features change from frame to frame (ME).

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    def __init__(self, channels: int, *, causal: bool) -> None:
        """Create it for ``channels``; ``causal`` never looks at the next frame."""
        super().__init__()
        self.difference = MotionDifference(channels, causal=causal)
        self.expand = conv1x1(reduced(channels), channels)

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Features (N*T, C, H, W) to weights (N*T, C, 1, 1).

        A still clip has other weights than 0.5 too, for K*F is not F; at the last frame, which
        nothing follows, they are 0.5 unless causal.
        """
        difference = self.difference(x, neighbours).mean(dim=(2, 3), keepdim=True)
        return self.expand(difference).sigmoid()


class Action(PartInTime):
    """Module before the first convolution of a branch; it leaves the shape.

    Sees two frames in each direction; if causal, ``memory_frames`` back.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    memory_frames = 2 * (KERNEL - 1)
    """Memory of the shift, and of the gates on its output."""

    def __init__(self, channels: int, *, causal: bool) -> None:
        """Create it for ``channels``, starting with TSM's shift; ``causal`` sees the past alone."""
        super().__init__()
        fold = channels // FOLD_DIVISOR
        self.shift = TemporalConv(channels)
        self.shift.start_as_shift(slice(fold, 2 * fold), slice(fold), causal=causal)
        self.places = SpatioTemporalGate()
        self.channels = ChannelGate(channels)
        self.motion = MotionGate(channels, causal=causal)

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """(N*T, C, H, W), unchanged in shape."""
        shifted = self.shift(x, neighbours)
        places = self.places(shifted, neighbours)
        channels = self.channels(shifted, neighbours)
        motion = self.motion(shifted, neighbours)
        # Each path is the shifted features plus these weighed, and the three are summed.
        return shifted * (places + (channels + motion + 3))

    def state_shapes(self, height: int, width: int) -> list[StateShape]:
        """Shapes (C, T, h, w) of the memory of a causal one for an input (height, width)."""
        channels = self.shift.out_channels
        back = KERNEL - 1
        return [
            (channels, back, height, width),
            (1, back, height, width),
            (reduced(channels), back, 1, 1),
            (reduced(channels), 1, height, width),
        ]


class ActionTrunk(ResNet):
    """ResNet-50 by default, with ACTION on every branch; further weights are ``*.action.*``.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N*T, 3, H, W).
    """

    causal = False

    def __init__(self, num_classes: int, **trunk: Any) -> None:
        """Create it on a ``ResNet(**trunk)`` of bottlenecks; its learned shifts start as TSM's."""
        super().__init__(num_classes, **trunk)
        for _, block in self.blocks():
            block.action = Action(block.conv1.in_channels, causal=self.causal)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""

        def excite(features: Tensor, block: str) -> Tensor:
            excited: Tensor = self.get_submodule(block).action(features, neighbours)
            return excited

        return self.body(x, excite)


class ActionResNet(ActionTrunk, ClipForm):
    """ACTION-Net ResNet for clips: one block reaches two frames in each direction.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, T, 3, H, W).
    """


class CausalActionResNet(ActionTrunk, StreamForm):
    """ACTION-Net ResNet of the past alone: one block sees four frames back.

    The weights of clips do not fit, though their shapes do.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, 3, H, W).
    """

    causal = True


class ActionMobileNetTrunk(MobileNetV2):
    """MobileNetV2 with ACTION on the branch of each block with a skip, ten of them.

    Further weights are ``*.action.*``.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N*T, 3, H, W); H and W multiples of 16.
    """

    causal = False

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = BLOCKS
    ) -> None:
        """Create it; at the start the learned shifts are TSM's.

        Args:
            num_classes: K.
            width: Multiplier of the channel counts.
            blocks: Of the seven stages.
        """
        super().__init__(num_classes, width, blocks)
        self.dropout = nn.Dropout(DROPOUT)
        for block in self.blocks_with_skip():
            block.action = Action(block.channels, causal=self.causal)

    def frame_features(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """Last features (N*T, C, h, w) of frames (N*T, 3, H, W)."""
        actions = (block.action for block in self.blocks_with_skip())
        return self.body(x, lambda entry: next(actions)(entry, neighbours))


class MobileNetV2Action(ActionMobileNetTrunk, ClipForm):
    """ACTION-Net MobileNetV2 for clips: one block reaches two frames in each direction.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, T, 3, H, W); H and W multiples of 16.
    """


class CausalMobileNetV2Action(ActionMobileNetTrunk, StreamForm):
    """ACTION-Net MobileNetV2 of the past alone: one block sees four frames back.

    The weights of clips do not fit, though their shapes do.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    causal = True


class ActionResNet50(ResNet50Architecture):
    """ACTION-Net ResNet-50 of clips, https://arxiv.org/abs/2103.07372.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_resnet50"
    module: ClassVar[type[nn.Module]] = ActionResNet
    paper: ClassVar[str] = ACTION_NET
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = WHY_CLIPS
    num_frames: ClassVar[int] = 8


class ActionResNet50Causal(ResNet50Architecture):
    """Causal ACTION-Net ResNet-50, https://arxiv.org/abs/2103.07372: four frames back a block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_resnet50_causal"
    module: ClassVar[type[nn.Module]] = CausalActionResNet
    paper: ClassVar[str] = ACTION_NET
    temporal_mode: ClassVar[Any] = "stream"


class SevenStagesOptions(WidthOptions):
    """Width and depth of a MobileNetV2."""

    blocks: tuple[Count, Count, Count, Count, Count, Count, Count] = Field(
        default=(1, 2, 3, 4, 3, 3, 1),
        description="Inverted residuals of the seven stages, each at least 1.",
    )


class _ActionMobileNetV2(ZooArchitecture):
    """Facts of both MobileNetV2."""

    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = ACTION_NET
    Options: ClassVar[Any] = SevenStagesOptions
    # Not all seventeen blocks: a quarter of the gates tells as much, and is traced in seconds.
    small: ClassVar[dict[str, Any]] = {**ZooArchitecture.small, "blocks": (1, 2, 1, 2, 1, 1, 1)}


class ActionMobileNetV2(_ActionMobileNetV2):
    """ACTION-Net MobileNetV2 of clips, https://arxiv.org/abs/2103.07372.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_mobilenet_v2"
    module: ClassVar[type[nn.Module]] = MobileNetV2Action
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = WHY_CLIPS
    num_frames: ClassVar[int] = 8


class ActionMobileNetV2Causal(_ActionMobileNetV2):
    """Causal ACTION-Net MobileNetV2, https://arxiv.org/abs/2103.07372: four frames back a block.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "action_mobilenet_v2_causal"
    module: ClassVar[type[nn.Module]] = CausalMobileNetV2Action
    temporal_mode: ClassVar[Any] = "stream"
