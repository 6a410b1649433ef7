"""The difference between features of neighbouring frames, of few channels.

References:
    Jiang et al., "STM", ICCV 2019, https://arxiv.org/abs/1908.02486 (channel-wise motion module).
    Wang et al., "ACTION-Net", CVPR 2021, https://arxiv.org/abs/2103.07372 (motion excitation).
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.resnet import conv1x1

from edgevid_zoo.parts.temporal_conv import Neighbours, as_frames

REDUCTION = 16


def reduced(channels: int) -> int:
    """Return the inner channels of a module that looks at all of ``channels``."""
    return max(1, channels // REDUCTION)


class MotionDifference(nn.Module):
    """K*F(t+1) - F(t), zeros at the last frame; causal: F(t) - K*F(t-1), zeros before the first.

    F are the features in a sixteenth of the channels, and K is a depthwise 3x3 convolution.

    Papers: STM, https://arxiv.org/abs/1908.02486; ACTION-Net, https://arxiv.org/abs/2103.07372.
    Input: features, (N*T, C, H, W).
    """

    def __init__(self, channels: int, *, causal: bool) -> None:
        """Create it for ``channels`` of the features; ``causal`` never looks at the next frame."""
        super().__init__()
        inner = reduced(channels)
        self.squeeze = conv1x1(channels, inner)
        self.norm = nn.BatchNorm2d(inner)
        self.conv = nn.Conv2d(inner, inner, 3, padding=1, groups=inner, bias=False)
        self.causal = causal

    def forward(self, x: Tensor, neighbours: Neighbours) -> Tensor:
        """(N*T, C, H, W) to (N*T, C', H, W), with C' = ``reduced(C)``."""
        squeezed = self.norm(self.squeeze(x))
        moved = self.conv(squeezed)
        if self.causal:
            return squeezed - as_frames(neighbours(moved, 2)[:, :, :-1])
        now, following = (y.unflatten(0, (-1, neighbours.length)) for y in (squeezed, moved))
        difference = following[:, 1:] - now[:, :-1]
        return nn.functional.pad(difference, (0, 0, 0, 0, 0, 0, 0, 1)).flatten(0, 1)
