"""Online, uni-directional TSM on MobileNetV2, as a stream and as a causal clip network.

References:
    Lin et al., "TSM", ICCV 2019, https://arxiv.org/abs/1811.08383.
    Sandler et al., "MobileNetV2", CVPR 2018, https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor, nn

from edgevid_zoo.parts.consensus import class_maps
from edgevid_zoo.parts.temporal_shift import FOLD_DIVISOR, ClipShift, OnlineShift

SETTINGS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, number of blocks, stride of the first of them."""

_STEM_CHANNELS = 32
_LAST_CHANNELS = 1280


def _conv(inp: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inp, out, kernel, stride, kernel // 2, groups=groups, bias=False)


def scaled(channels: int, width: float) -> int:
    """Channels at a width multiplier, rounded up to a multiple of 8."""
    return math.ceil(channels * width / 8) * 8


class InvertedResidual(nn.Module):
    """Expand, depthwise, project; a skip where shape allows, and then a shift on the branch."""

    def __init__(self, inp: int, out: int, stride: int, expand: int, shifted: bool = True) -> None:
        """Create a block from ``inp`` to ``out`` channels, with a shift if it may have one."""
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
        self.has_skip = stride == 1 and inp == out
        self.fold = inp // FOLD_DIVISOR if self.has_skip and shifted else 0

    def forward(self, x: Tensor, shift: Callable[[Tensor], Tensor]) -> Tensor:
        """The identity path stays un-shifted."""
        if not self.has_skip:
            return self.conv(x)
        return x + self.conv(shift(x) if self.fold else x)


class MobileNetV2TSM(nn.Module):
    """Online TSM MobileNetV2.

    Sees exactly one frame back for each shifted block: the scores at frame t depend on frames
    t-10 to t, never on t+1. Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    def __init__(self, num_classes: int, width: float = 1.0, *, shifted: bool = True) -> None:
        """Create it with the paper's initialisation.

        Args:
            num_classes: K.
            width: Multiplier of all channel counts but the classifier's input below 1.
            shifted: Whether there is a temporal shift; without, it sees single frames.
        """
        super().__init__()
        stem = scaled(_STEM_CHANNELS, width)
        layers: list[nn.Module] = [
            nn.Sequential(_conv(3, stem, 3, 2), nn.BatchNorm2d(stem), nn.ReLU6())
        ]
        channels = stem
        for expand, out, count, stride in SETTINGS:
            for number in range(count):
                step = stride if number == 0 else 1
                block = InvertedResidual(channels, scaled(out, width), step, expand, shifted)
                layers.append(block)
                channels = scaled(out, width)
        last = scaled(_LAST_CHANNELS, width) if width > 1 else _LAST_CHANNELS
        layers.append(nn.Sequential(_conv(channels, last, 1), nn.BatchNorm2d(last), nn.ReLU6()))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(last, num_classes)
        self.memory_frames = sum(bool(block.fold) for block in self.features[1:-1])
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, 0, math.sqrt(2.0 / fan_out))
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.zeros_(module.bias)

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (fold, h, w) of the states for an input of (height, width), in order."""
        shapes = []
        height, width = (height + 1) // 2, (width + 1) // 2
        for block in self.features[1:-1]:
            if isinstance(block, InvertedResidual) and block.fold:
                shapes.append((block.fold, height, width))
            elif block.conv[-5].stride[0] == 2:
                height, width = (height + 1) // 2, (width + 1) // 2
        return shapes

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: As many as ``state_shapes`` tells, each (N, fold, h, w); zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        shift = OnlineShift(states)
        features = self._body(x, shift)
        return (self._logits(features), class_maps(features, self.classifier), *shift.following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """A whole clip at once, for training: the same numbers as the stream gives.

        Args:
            clip: (N, T, 3, H, W).

        Returns:
            Logits of every frame, (N, T, K).
        """
        length = clip.shape[1]
        logits = self._logits(self._body(clip.flatten(0, 1), ClipShift(length)))
        return logits.unflatten(0, (-1, length))

    def _body(self, x: Tensor, shift: Callable[[Tensor], Tensor]) -> Tensor:
        x = self.features[0](x)
        for block in self.features[1:-1]:
            x = block(x, shift)
        return self.features[-1](x)

    def _logits(self, features: Tensor) -> Tensor:
        return self.classifier(features.mean(dim=(2, 3)))
