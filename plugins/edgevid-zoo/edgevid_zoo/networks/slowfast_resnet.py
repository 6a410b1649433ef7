"""SlowFast on 3-D ResNets: two pathways, and connections from the fast one to the slow one.

Reference:
    Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019,
    https://arxiv.org/abs/1812.03982.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from edgevid_zoo.parts.consensus import class_maps
from edgevid_zoo.parts.resnet import DROPOUT
from edgevid_zoo.parts.resnet3d import EXPANSION, ResNet3d, scaled_planes
from edgevid_zoo.parts.temporal_padding import TemporalPadding, zeros_before, zeros_both_sides

_FAST_SHARE = 1 / 8
"""Of the slow pathway's channels: beta."""
_SLOW_KERNELS = (1, 1, 3, 3)
"""Frames under the first convolution of the blocks of each stage."""
_FAST_KERNELS = (3, 3, 3, 3)
_STEMS = (1, 5)
_JOINED = 2
"""Channels that the slow pathway gets, in parts of the fast pathway's."""
_SPREAD = 0.01
"""Of a fresh classifier's weights."""


class Lateral(nn.Module):
    """From the fast pathway to the slow one: a convolution over time, with a stride in time.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: features, (N, C, T, H, W).
    """

    def __init__(self, channels: int, kernel: int, step: int) -> None:
        """Create it.

        Args:
            channels: Of the fast pathway; it gives twice as many.
            kernel: Frames under the convolution, odd.
            step: Fast frames for one slow frame.
        """
        super().__init__()
        self.kernel = kernel
        out = _JOINED * channels
        self.conv = nn.Conv3d(channels, out, (kernel, 1, 1), (step, 1, 1), bias=False)
        self.bn = nn.BatchNorm3d(out)
        self.relu = nn.ReLU()
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, fast: Tensor, padding: TemporalPadding) -> Tensor:
        """(N, C, T, H, W) to (N, 2 C, T / step, H, W)."""
        return self.relu(self.bn(self.conv(padding(fast, self.kernel))))


class SlowFastResNet(nn.Module):
    """Both pathways up to their last features, and a classifier.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised to mean 0.45 and deviation 0.225, (N, 3, T, H, W) for each pathway.
    """

    def __init__(
        self,
        num_classes: int,
        alpha: int = 8,
        lateral_kernel: int = 5,
        width: float = 1.0,
        blocks: Sequence[int] = (3, 4, 6, 3),
    ) -> None:
        """Create it with PySlowFast's initialisation.

        Args:
            num_classes: K.
            alpha: Fast frames for one slow frame.
            lateral_kernel: Frames under the lateral convolutions, odd.
            width: Multiplier of the channel counts.
            blocks: Bottlenecks of the four stages, in each pathway.
        """
        super().__init__()
        self.alpha = alpha
        planes, thin = scaled_planes(width), scaled_planes(width, _FAST_SHARE)
        of_fast = [thin[0], *(EXPANSION * inner for inner in thin[:3])]
        joined = [_JOINED * channels for channels in of_fast]
        over_time = [
            [[kernel] * count for kernel, count in zip(kernels, blocks, strict=True)]
            for kernels in (_SLOW_KERNELS, _FAST_KERNELS)
        ]
        self.slow = ResNet3d(planes, _STEMS[0], over_time[0], joined)
        self.fast = ResNet3d(thin, _STEMS[1], over_time[1])
        self.laterals = nn.ModuleList(Lateral(c, lateral_kernel, alpha) for c in of_fast)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(self.slow.channels + self.fast.channels, num_classes)
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def pathways(
        self,
        slow: Tensor,
        fast: Tensor,
        slow_padding: TemporalPadding,
        fast_padding: TemporalPadding,
        lateral_padding: TemporalPadding,
    ) -> tuple[Tensor, Tensor]:
        """Last features of both, (N, C, T, h, w), of (N, 3, T, H, W) each."""
        slow = self.slow.stem(slow, slow_padding)
        fast = self.fast.stem(fast, fast_padding)
        for number, lateral in enumerate(self.laterals, start=1):
            slow = torch.cat([slow, lateral(fast, lateral_padding)], dim=1)
            slow = self.slow.stage(number, slow, slow_padding)
            fast = self.fast.stage(number, fast, fast_padding)
        return slow, fast


class SlowFastClips(SlowFastResNet):
    """SlowFast of clips.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: RGB, normalised to mean 0.45 and deviation 0.225; slow (N, T / alpha, 3, H, W) and fast
    (N, T, 3, H, W), any T that alpha divides.
    """

    def features_of(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        """Last features of both pathways, (N, C, T, h, w)."""
        slow, fast = slow.transpose(1, 2), fast.transpose(1, 2)
        return self.pathways(slow, fast, zeros_both_sides, zeros_both_sides, zeros_both_sides)

    def forward(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, ...]:
        """One clip, its slow and its fast frames.

        Args:
            slow: (N, T / alpha, 3, H, W).
            fast: (N, T, 3, H, W).

        Returns:
            Logits (N, K) and class activation maps (N, K, h, w), of both pathways.
        """
        features = self.features_of(slow, fast)
        # Means one by one over time and places: the maps need the first alone.
        over_time = torch.cat([one.mean(dim=2) for one in features], dim=1)
        logits = self.classifier(self.dropout(over_time.mean(dim=(2, 3))))
        return logits, class_maps(over_time, self.classifier)


class CausalSlowFastClips(SlowFastClips):
    """The same with zeros in the past alone; a slow frame is the newest of its ``alpha`` fast ones.

    Paper: SlowFast, https://arxiv.org/abs/1812.03982.
    Input: as of ``SlowFastClips``, slow (N, T / alpha, 3, H, W) and fast (N, T, 3, H, W).
    """

    def features_of(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        """Last features of both pathways, (N, C, T, h, w)."""
        slow, fast = slow.transpose(1, 2), fast.transpose(1, 2)
        return self.pathways(slow, fast, zeros_before, zeros_before, self._newest_of_each)

    def _newest_of_each(self, x: Tensor, kernel: int) -> Tensor:
        """So padded that the lateral convolutions end at the newest of ``alpha`` frames."""
        return zeros_before(x, kernel)[:, :, self.alpha - 1 :]
