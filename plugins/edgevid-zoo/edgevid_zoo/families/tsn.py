"""TSN on a stream: the mean of the last frames' logits.

References:
    Wang et al., "Temporal Segment Networks", ECCV 2016, https://arxiv.org/abs/1608.00859.
    Ioffe and Szegedy, "Batch Normalization", ICML 2015, https://arxiv.org/abs/1502.03167; channels
    and names as in the public weights that were ported from Caffe, restated from a description.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, relu

from edgevid_zoo.architecture import ResNet50Architecture, WidthOptions, ZooArchitecture
from edgevid_zoo.parts.forms import LastFrames
from edgevid_zoo.parts.heads import frame_logits, frame_scores
from edgevid_zoo.parts.resnet import ResNet
from edgevid_zoo.parts.width import scaled

TSN = "https://arxiv.org/abs/1608.00859"


class InceptionBlock(NamedTuple):
    """Channels of the branches; a block without 1x1 halves the sides, and its pool has no 1x1.

    Paper: batch normalisation, https://arxiv.org/abs/1502.03167.
    Input: features, (N, C, H, W).
    """

    one: int
    before_three: int
    three: int
    before_double: int
    double: int
    pooled: int
    largest: bool = False
    """Whether the pool takes the largest value, and not the mean."""


BLOCKS: dict[str, InceptionBlock] = {
    "3a": InceptionBlock(64, 64, 64, 64, 96, 32),
    "3b": InceptionBlock(64, 64, 96, 64, 96, 64),
    "3c": InceptionBlock(0, 128, 160, 64, 96, 0, largest=True),
    "4a": InceptionBlock(224, 64, 96, 96, 128, 128),
    "4b": InceptionBlock(192, 96, 128, 96, 128, 128),
    "4c": InceptionBlock(160, 128, 160, 128, 160, 128),
    "4d": InceptionBlock(96, 128, 192, 160, 192, 128),
    "4e": InceptionBlock(0, 128, 192, 192, 256, 0, largest=True),
    "5a": InceptionBlock(352, 192, 320, 160, 224, 128),
    "5b": InceptionBlock(352, 192, 320, 192, 224, 128, largest=True),
}

_STEM = (64, 64, 192)
_DROPOUT = 0.5
_SPREAD = 0.001
"""Standard deviation of a fresh classifier's weights."""


class BNInception(nn.Module):
    """BN-Inception.

    Its first convolution sees BGR, as the public weights do: the order is turned round inside.

    Paper: batch normalisation, https://arxiv.org/abs/1502.03167.
    Input: RGB, 0 to 255 less the mean, (N, 3, H, W); sides multiples of 32.
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = (2, 4, 2)
    ) -> None:
        """Create it with He's initialisation, and TSM's for the classifier.

        Args:
            num_classes: K.
            width: Multiplier of the channel counts.
            blocks: How many of the three stages there are, the last ones, besides those that halve.
        """
        super().__init__()
        first, reduced, channels = (scaled(out, width) for out in _STEM)
        self._add("conv1_7x7_s2", 3, first, 7, 2)
        self._add("conv2_3x3_reduce", first, reduced, 1)
        self._add("conv2_3x3", reduced, channels, 3)
        self._blocks = _last_of_each_stage(blocks)
        for name, block in self._blocks.items():
            channels = self._add_block(f"inception_{name}", channels, block, width)
        self.dropout = nn.Dropout(_DROPOUT)
        self.classifier = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.classifier.weight, 0, _SPREAD)
        nn.init.zeros_(self.classifier.bias)

    def body(self, x: Tensor) -> Tensor:
        """Last features (N, C, h, w) of frames (N, 3, H, W)."""
        x = _halved(self._unit("conv1_7x7_s2", x.flip(1)))
        x = _halved(self._unit("conv2_3x3", self._unit("conv2_3x3_reduce", x)))
        for name, block in self._blocks.items():
            x = self._inception(f"inception_{name}", x, block)
        return x

    def _add(self, name: str, inp: int, out: int, kernel: int, stride: int = 1) -> None:
        self.add_module(name, nn.Conv2d(inp, out, kernel, stride, kernel // 2))
        self.add_module(f"{name}_bn", nn.BatchNorm2d(out))

    def _add_block(self, name: str, channels: int, block: InceptionBlock, width: float) -> int:
        def of(out: int) -> int:
            return scaled(out, width)

        stride = 1 if block.one else 2
        if block.one:
            self._add(f"{name}_1x1", channels, of(block.one), 1)
            self._add(f"{name}_pool_proj", channels, of(block.pooled), 1)
        self._add(f"{name}_3x3_reduce", channels, of(block.before_three), 1)
        self._add(f"{name}_3x3", of(block.before_three), of(block.three), 3, stride)
        self._add(f"{name}_double_3x3_reduce", channels, of(block.before_double), 1)
        self._add(f"{name}_double_3x3_1", of(block.before_double), of(block.double), 3)
        self._add(f"{name}_double_3x3_2", of(block.double), of(block.double), 3, stride)
        ends = of(block.one) + of(block.pooled) if block.one else channels
        return ends + of(block.three) + of(block.double)

    def _unit(self, name: str, x: Tensor) -> Tensor:
        """Convolution, batch-norm, ReLU: all that is pooled or joined went through the last."""
        return relu(self.get_submodule(f"{name}_bn")(self.get_submodule(name)(x)))

    def _inception(self, name: str, x: Tensor, block: InceptionBlock) -> Tensor:
        three = self._unit(f"{name}_3x3", self._unit(f"{name}_3x3_reduce", x))
        double = x
        for part in ("reduce", "1", "2"):
            double = self._unit(f"{name}_double_3x3_{part}", double)
        if not block.one:
            return torch.cat([three, double, _halved(x)], dim=1)
        pooled = max_pool2d(x, 3, 1, 1) if block.largest else avg_pool2d(x, 3, 1, 1)
        pooled = self._unit(f"{name}_pool_proj", pooled)
        return torch.cat([self._unit(f"{name}_1x1", x), three, double, pooled], dim=1)


def _last_of_each_stage(counts: Sequence[int]) -> dict[str, InceptionBlock]:
    chosen = set()
    for stage, count in zip("345", counts, strict=True):
        chosen.update([name for name in BLOCKS if name[0] == stage and BLOCKS[name].one][-count:])
    return {name: block for name, block in BLOCKS.items() if name in chosen or not block.one}


def _halved(x: Tensor) -> Tensor:
    """Largest values, one side of an image half as long and rounded up."""
    return max_pool2d(x, 3, 2, ceil_mode=True)


class MeanOfLastFrames(LastFrames):
    """Mean of the last frames' logits: exact as a stream, for it is linear.

    Inherited before a network of single frames.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, 3, H, W).
    """

    body: Callable[..., Tensor]
    """Last features (N, C, h, w) of frames (N, 3, H, W)."""
    classifier: nn.Linear
    dropout: nn.Module

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int]]:
        """One state, the logits of the frames before, (T - 1, K); none if T is 1."""
        return [(self.memory_frames, self.classifier.out_features)] if self.memory_frames else []

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: Logits of the frames before, (N, T - 1, K), oldest first; zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w) of this frame, the next states.
        """
        logits, maps = frame_scores(self.body(x), self.classifier, self.dropout)
        window = torch.cat([*states, logits[:, None]], dim=1)
        following = [window[:, 1:]] if states else []
        return (window.mean(dim=1), maps, *following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        length = clip.shape[1]
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, length))
        logits = frame_logits(features, self.classifier, self.dropout)
        padded = torch.nn.functional.pad(logits, (0, 0, self.memory_frames, 0))
        return padded.unfold(1, self.num_frames, 1).mean(dim=-1)


class TSNBNInception(MeanOfLastFrames, BNInception):
    """TSN BN-Inception with a buffer of logits.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, 0 to 255 less the mean, (N, 3, H, W); sides multiples of 32.
    """


class TSNResNet(MeanOfLastFrames, ResNet):
    """TSN ResNet with a buffer of logits.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, 3, H, W).
    """


class TsnResNet50(ResNet50Architecture):
    """TSN ResNet-50, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsn_resnet50"
    module: ClassVar[type[nn.Module]] = TSNResNet
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    paper: ClassVar[str] = TSN
    temporal_mode: ClassVar[Any] = "stream"
    sees_order: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"frames": "alone"}
    num_frames: ClassVar[int] = 8


class BNInceptionOptions(WidthOptions):
    """Width and depth of BN-Inception."""

    blocks: tuple[
        Annotated[int, Field(gt=0, le=2)],
        Annotated[int, Field(gt=0, le=4)],
        Annotated[int, Field(gt=0, le=2)],
    ] = Field(
        default=(2, 4, 2),
        description="Blocks of the three stages without those that halve the sides, at least 1.",
    )


class TsnBnInception(ZooArchitecture):
    """TSN BN-Inception, https://arxiv.org/abs/1608.00859: the mean of the last frames' logits.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsn_bninception"
    module: ClassVar[type[nn.Module]] = TSNBNInception
    module_sizes: ClassVar[tuple[str, ...]] = ("num_frames",)
    baseline: ClassVar[str | None] = "tsn_bninception"
    paper: ClassVar[str] = TSN
    temporal_mode: ClassVar[Any] = "stream"
    sees_order: ClassVar[bool] = False
    traits: ClassVar[dict[str, str]] = {"frames": "alone"}
    Options: ClassVar[Any] = BNInceptionOptions
    small: ClassVar[dict[str, Any]] = {"width": 0.25, "input_size": (32, 32), "blocks": (1, 1, 1)}
    num_frames: ClassVar[int] = 8
    # Its pools round up and its convolutions do not: both halves must have one size.
    side_multiple: ClassVar[int] = 32
    preprocessing: ClassVar[dict[str, Any]] = {
        # Caffe's 104, 117, 128 are of BGR, and the network turns the order round itself.
        "mean": (128 / 255, 117 / 255, 104 / 255),
        "std": (1 / 255, 1 / 255, 1 / 255),
    }
