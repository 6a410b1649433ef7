"""ChannelNet-v1, v2 and v3, for single frames.

Reference:
    Gao et al., "ChannelNets: Compact and Efficient Convolutional Neural Networks via Channel-Wise
    Convolutions", NeurIPS 2018, https://arxiv.org/abs/1809.01330. The layout is the paper's; the
    authors' code has concatenations and a dense layer over places, and 0.2 million weights more.
    Left out is its dropout of one value in ten thousand.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from edgevid import ConfigError
from edgevid_zoo.architecture import Size, ZooArchitecture
from edgevid_zoo.parts.heads import class_maps
from edgevid_zoo.parts.same_padding import pad_same
from edgevid_zoo.parts.width import scaled

Version = Literal[1, 2, 3]

STRIDE = 32
"""Size of the last features."""
_STEM = 32
_BEFORE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2))
"""Channels and stride of the separable blocks before the grouped ones."""
_LAST = 1024
_GROUPS = 2
_SHARED_TAPS = 64
"""Kernel over channels in place of the last dense one, from version 2 on."""
_SPREAD = 0.09


class ChannelwiseConv(nn.Module):
    """One kernel, or one for each group, over all channels; the same at every place.

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: features, (N, C, H, W).
    """

    def __init__(self, kernel: int, groups: int = 1) -> None:
        """Create it.

        Args:
            kernel: Channels under the kernel.
            groups: How many kernels there are; each steps by as many channels, so that all of them
                together give as many channels as there were.
        """
        super().__init__()
        # Of two dimensions, channels and places: not every runtime is quick with three.
        self.conv = nn.Conv2d(1, groups, (kernel, 1), (groups, 1), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), unchanged in shape: the C / groups outputs of one kernel after another."""
        kernel, step = self.conv.kernel_size[0], self.conv.stride[0]
        padded = pad_same(x.flatten(2)[:, None], (kernel, 1), (step, 1))
        return self.conv(padded).flatten(1, 2).unflatten(2, x.shape[2:])


class ChannelwiseClassifier(nn.Conv1d):
    """The convolutional classification layer: one kernel over channels and all places.

    Class k sees the channels from k on: of C channels the kernel covers C - K + 1, and the weights
    are as many times the places, whatever K is. Its weights are (places, 1, C - K + 1).

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: features, (N, C, h, w) with h * w places.
    """

    def __init__(self, channels: int, num_classes: int, places: int) -> None:
        """Create it.

        Args:
            channels: C.
            num_classes: K, at most C.
            places: h * w of the features.
        """
        # Every place has its own part of the kernel: that is a group for each.
        super().__init__(places, places, channels - num_classes + 1, groups=places, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C, h, w) to class activation maps (N, K, h, w): their mean is the logits."""
        places = features.flatten(2).transpose(1, 2)
        # The layer is a sum over places.
        scores = super().forward(places) * self.groups
        return scores.transpose(1, 2).unflatten(2, features.shape[2:])


class _Separable(nn.Module):
    """3x3 of each channel, then 1x1 within each group; the first is linear."""

    def __init__(self, inp: int, out: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inp, inp, 3, stride, groups=inp, bias=False)
        self.pointwise = nn.Conv2d(inp, out, 1, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.relu = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        x = _same(x, self.depthwise)
        return self.relu(self.norm(self.pointwise(x)))


class _Grouped(nn.Module):
    """Two separable blocks in groups, after a channel-wise convolution that mixes the groups.

    With it, it is the paper's GCWM; without, its GM.
    """

    def __init__(self, channels: int, *, mixed: bool, skipped: bool) -> None:
        super().__init__()
        self.mix = ChannelwiseConv(4 * _GROUPS, _GROUPS) if mixed else nn.Identity()
        blocks = [_Separable(channels, channels, groups=_GROUPS) for _ in range(2)]
        self.blocks = nn.Sequential(*blocks)
        self.skipped = skipped

    def forward(self, x: Tensor) -> Tensor:
        branch = self.blocks(self.mix(x))
        return x + branch if self.skipped else branch


class _Shared(nn.Module):
    """3x3 of each channel, then one kernel over channels; no norm and no activation follows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, groups=channels, bias=False)
        self.channelwise = ChannelwiseConv(_SHARED_TAPS)

    def forward(self, x: Tensor) -> Tensor:
        return self.channelwise(_same(x, self.depthwise))


class ChannelNet(nn.Module):
    """ChannelNet-v1, v2 or v3.

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: RGB, normalised, (N, 3, H, W); version 3 takes one size.
    """

    def __init__(
        self,
        version: Version,
        num_classes: int,
        input_size: tuple[int, int] = (224, 224),
        width: float = 1.0,
    ) -> None:
        """Create it with the initialisation of the authors.

        Args:
            version: 2 has one kernel over channels for the last dense one, 3 also as classifier.
            num_classes: K; in version 3 at most ``last_channels(width)``.
            input_size: (height, width).
            width: Multiplier of the channel counts.
        """
        super().__init__()
        channels = scaled(_STEM, width)
        self.stem = nn.Conv2d(3, channels, 3, 2, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        blocks: list[nn.Module] = []
        for out, stride in _BEFORE:
            blocks.append(_Separable(channels, scaled(out, width), stride))
            channels = scaled(out, width)
        blocks += [
            _Grouped(channels, mixed=False, skipped=True),
            _Grouped(channels, mixed=True, skipped=False),
            _Grouped(channels, mixed=True, skipped=True),
        ]
        last = last_channels(width)
        blocks.append(_Separable(channels, last, 2))
        blocks.append(_Separable(last, last) if version == 1 else _Shared(last))
        self.blocks = nn.Sequential(*blocks)
        self.classifier: nn.Module
        if version == 3:
            height, breadth = (-(-side // STRIDE) for side in input_size)
            self.classifier = ChannelwiseClassifier(last, num_classes, height * breadth)
        else:
            self.classifier = nn.Linear(last, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Conv1d | nn.Linear):
                nn.init.trunc_normal_(module.weight, 0, _SPREAD, -2 * _SPREAD, 2 * _SPREAD)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Frames (N, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        features = self.blocks(self.norm(_same(x, self.stem)))
        if isinstance(self.classifier, nn.Linear):
            logits = self.classifier(features.mean(dim=(2, 3)))
            return logits, class_maps(features, self.classifier)
        maps = self.classifier(features)
        return maps.mean(dim=(2, 3)), maps

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W)."""
        return self(clip.flatten(0, 1))[0].unflatten(0, (-1, clip.shape[1]))


def last_channels(width: float) -> int:
    """Channels of the last features."""
    return scaled(_LAST, width)


def _same(x: Tensor, conv: nn.Conv2d) -> Tensor:
    return conv(pad_same(x, conv.kernel_size, conv.stride))


class _ChannelNet(ZooArchitecture):
    """Facts of the three versions."""

    module: ClassVar[type[nn.Module]] = ChannelNet
    module_sizes: ClassVar[tuple[str, ...]] = ("input_size",)
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = "https://arxiv.org/abs/1809.01330"
    temporal_mode: ClassVar[Any] = "frame"
    sees_order: ClassVar[bool] = False

    def network(
        self, num_classes: int, num_frames: int, input_size: Size, options: Any
    ) -> nn.Module:
        """Build the layout of the paper.

        Raises:
            ConfigError: If version 3 has more classes than channels.
        """
        channels = last_channels(options.width)
        if self.module_arguments["version"] == 3 and num_classes > channels:
            raise ConfigError(
                f"{num_classes} classes: {self.name} of width {options.width:g} takes at most "
                f"{channels}; take channelnet_v2"
            )
        return super().network(num_classes, num_frames, input_size, options)


class ChannelNetV1(_ChannelNet):
    """ChannelNet-v1, https://arxiv.org/abs/1809.01330: groups that a channel-wise kernel mixes.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v1"
    module_arguments: ClassVar[dict[str, Any]] = {"version": 1}


class ChannelNetV2(_ChannelNet):
    """ChannelNet-v2, https://arxiv.org/abs/1809.01330: no dense convolution at the end.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v2"
    module_arguments: ClassVar[dict[str, Any]] = {"version": 2}


class ChannelNetV3(_ChannelNet):
    """ChannelNet-v3, https://arxiv.org/abs/1809.01330: no dense classifier either.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "channelnet_v3"
    module_arguments: ClassVar[dict[str, Any]] = {"version": 3}
    class_weights: ClassVar[tuple[str, ...]] = ("classifier.weight",)
