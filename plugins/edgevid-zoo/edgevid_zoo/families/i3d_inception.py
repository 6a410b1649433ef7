"""I3D: Inception-v1 with every kernel and pool inflated to three dimensions.

Reference:
    Carreira and Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset",
    CVPR 2017, https://arxiv.org/abs/1705.07750; padding, names and constants as in the authors'
    TensorFlow code and its ports to PyTorch, restated from a description.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import max_pool3d

from edgevid_zoo.architecture import WidthOptions, ZooArchitecture
from edgevid_zoo.parts.heads import clip_scores
from edgevid_zoo.parts.same_padding import pad_same
from edgevid_zoo.parts.width import scaled

Kernel = tuple[int, int, int]
Mix = tuple[int, int, int, int, int, int]

MIXED: dict[str, Mix] = {
    "3b": (64, 96, 128, 16, 32, 32),
    "3c": (128, 128, 192, 32, 96, 64),
    "4b": (192, 96, 208, 16, 48, 64),
    "4c": (160, 112, 224, 24, 64, 64),
    "4d": (128, 128, 256, 24, 64, 64),
    "4e": (112, 144, 288, 32, 64, 64),
    "4f": (256, 160, 320, 32, 128, 128),
    "5b": (256, 160, 320, 32, 128, 128),
    "5c": (384, 192, 384, 48, 128, 128),
}
"""Channels of 1x1x1; of 1x1x1, then 3x3x3; of another such pair; of 1x1x1 after a pool."""

_STEM = (("Conv3d_1a_7x7", 64, 7, 2), ("Conv3d_2b_1x1", 64, 1, 1), ("Conv3d_2c_3x3", 192, 3, 1))
_IN_SPACE: tuple[Kernel, Kernel] = ((1, 3, 3), (1, 2, 2))
_POOLS: dict[str, tuple[Kernel, Kernel]] = {
    "Conv3d_2b_1x1": _IN_SPACE,
    "Mixed_3b": _IN_SPACE,
    "Mixed_4b": ((3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ((2, 2, 2), (2, 2, 2)),
}
"""Kernel and stride of the pool that stands before."""
_EPSILON, _MOMENTUM = 1e-3, 0.01
_DROPOUT = 0.5
_SPREAD = 0.01
"""Standard deviation of a fresh classifier's weights."""


def _pool(x: Tensor, kernel: Kernel, stride: Kernel) -> Tensor:
    """Largest value; zeros around do not show, for what comes here is never negative."""
    return max_pool3d(pad_same(x, kernel, stride), kernel, stride)


class _Unit(nn.Module):
    """Convolution, batch-norm, ReLU."""

    def __init__(self, inp: int, out: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(inp, out, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(out, _EPSILON, _MOMENTUM)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        padded = pad_same(x, self.conv3d.kernel_size, self.conv3d.stride)
        return self.relu(self.bn(self.conv3d(padded)))


class _Mixed(nn.Module):
    """Four branches, joined."""

    def __init__(self, channels: int, mix: Mix, width: float) -> None:
        super().__init__()
        one, before_two, two, before_three, three, four = (scaled(out, width) for out in mix)
        self.b0 = _Unit(channels, one, 1)
        self.b1a, self.b1b = _Unit(channels, before_two, 1), _Unit(before_two, two, 3)
        self.b2a, self.b2b = _Unit(channels, before_three, 1), _Unit(before_three, three, 3)
        self.b3b = _Unit(channels, four, 1)
        self.channels = one + two + three + four

    def forward(self, x: Tensor) -> Tensor:
        pooled = _pool(x, (3, 3, 3), (1, 1, 1))
        branches = (self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(pooled))
        return torch.cat(branches, dim=1)


class InceptionI3D(nn.Module):
    """Inception-v1 I3D.

    Its scores are the mean of those of T' = ceil(T / 8) - 1 places in time. The last pool spans
    all of the image, which at 224 x 224 is the authors' 7 x 7.

    Paper: I3D, https://arxiv.org/abs/1705.07750.
    Input: RGB in [-1, 1], (N, T, 3, H, W), more than eight frames.
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = (2, 5, 2)
    ) -> None:
        """Create it with He's initialisation.

        Args:
            num_classes: K.
            width: Multiplier of the channel counts.
            blocks: How many of the three stages there are, the first ones.
        """
        super().__init__()
        channels, names = 3, []
        for name, out, kernel, stride in _STEM:
            self.add_module(name, _Unit(channels, scaled(out, width), kernel, stride))
            channels = scaled(out, width)
            names.append(name)
        for name, mix in MIXED.items():
            if "bcdef".index(name[1]) >= blocks["345".index(name[0])]:
                continue
            block = _Mixed(channels, mix, width)
            self.add_module(f"Mixed_{name}", block)
            channels = block.channels
            names.append(f"Mixed_{name}")
        self._names = tuple(names)
        self.dropout = nn.Dropout(_DROPOUT)
        self.classifier = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features, (N, T', C, h, w): means of two neighbours in time."""
        x = clip.transpose(1, 2)
        for name in self._names:
            if name in _POOLS:
                x = _pool(x, *_POOLS[name])
            x = self.get_submodule(name)(x)
        x = x.transpose(1, 2)
        return (x[:, :-1] + x[:, 1:]) / 2

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier, self.dropout)


class InceptionOptions(WidthOptions):
    """Width and depth of Inception-v1."""

    blocks: tuple[
        Annotated[int, Field(gt=0, le=2)],
        Annotated[int, Field(gt=0, le=5)],
        Annotated[int, Field(gt=0, le=2)],
    ] = Field(default=(2, 5, 2), description="Blocks of the three stages, each at least 1.")


class I3dInception(ZooArchitecture):
    """Inception-v1 I3D, inflated throughout, https://arxiv.org/abs/1705.07750.

    Input: uint8 BGR clips (N, 64, 224, 224, 3), 25 frames a second, by default.
    """

    name: ClassVar[str] = "i3d_inception"
    module: ClassVar[type[nn.Module]] = InceptionI3D
    baseline: ClassVar[str | None] = "tsn_bninception"
    paper: ClassVar[str] = "https://arxiv.org/abs/1705.07750"
    temporal_mode: ClassVar[Any] = "clip"
    why_clips: ClassVar[str | None] = (
        "its convolutions and pools need later frames, stride over time and put zeros beyond both "
        "ends of a clip, from the first one on"
    )
    num_frames: ClassVar[int] = 64
    # Eight frames make one place in time, and the last pool takes two of them.
    frames_multiple: ClassVar[int] = 16
    input_rate_hz: ClassVar[float] = 25.0
    Options: ClassVar[Any] = InceptionOptions
    small: ClassVar[dict[str, Any]] = {
        "width": 0.125,
        "input_size": (32, 32),
        "num_frames": 16,
        "blocks": (1, 1, 1),
    }
    preprocessing: ClassVar[dict[str, Any]] = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
