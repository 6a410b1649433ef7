"""ACTION: a learned shift, and three gates of which two weigh channels and one weighs places.

Reference:
    Wang et al., "ACTION-Net: Multipath Excitation for Action Recognition", CVPR 2021,
    https://arxiv.org/abs/2103.07372.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.parts.forms import PartInTime, StateShape
from edgevid_zoo.parts.motion import MotionDifference, reduced
from edgevid_zoo.parts.temporal_conv import KERNEL, Neighbours, TemporalConv, as_frames
from edgevid_zoo.parts.temporal_shift import FOLD_DIVISOR


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
    """What stands before the first convolution of a branch, and leaves its shape.

    Sees two frames in each direction; if causal, ``memory_frames`` back.

    Paper: ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    memory_frames = 2 * (KERNEL - 1)
    """Of the shift, and of the gates on what it gives."""

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
        """Shapes (C, T, h, w) of what a causal one remembers of an input (height, width)."""
        channels = self.shift.out_channels
        back = KERNEL - 1
        return [
            (channels, back, height, width),
            (1, back, height, width),
            (reduced(channels), back, 1, 1),
            (reduced(channels), 1, height, width),
        ]
