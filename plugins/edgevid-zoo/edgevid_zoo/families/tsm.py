"""TSM: some channels of the current frame are those of a neighbouring frame.

References:
    Lin et al., "TSM: Temporal Shift Module for Efficient Video Understanding", ICCV 2019,
    https://arxiv.org/abs/1811.08383.
    Wang et al., "Non-local Neural Networks", CVPR 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from edgevid_zoo.architecture import ResNet50Architecture, ZooArchitecture
from edgevid_zoo.parts.heads import clip_scores, frame_logits, frame_scores
from edgevid_zoo.parts.mobilenet_v2 import MobileNetV2
from edgevid_zoo.parts.non_local import NonLocal, module_key
from edgevid_zoo.parts.resnet import ResNet

TSM = "https://arxiv.org/abs/1811.08383"
BOTH_WAYS = "its shifts need the next frame, and put zeros beyond both ends of a clip"
FOLD_DIVISOR = 8
"""One channel in eight is shifted in each direction."""

Direction = Literal["past", "future", "both", "both_past_first"]
_BOTH: dict[str, tuple[Direction, Direction]] = {
    "both": ("future", "past"),
    "both_past_first": ("past", "future"),
}
"""Directions of the first channels and of the next."""
_NON_LOCAL_AFTER = ("layer2.0", "layer2.2", "layer3.0", "layer3.2", "layer3.4")
"""Bottlenecks that a non-local block follows, where the network has them."""


def shift_clip(x: Tensor, fold: int, direction: Direction = "past") -> Tensor:
    """Shift channels along time, zeros entering at the clip's end.

    Slices are joined and nothing is written in place: in-place slices export as scatter chains.

    Args:
        x: Features of a clip, (N, T, C, H, W).
        fold: How many channels move in one direction.
        direction: Where the moved channels come from. ``past`` is causal and moves the first
            ``fold``; ``both`` takes those from the future and the next ``fold`` from the past, in
            the order of mit-han-lab's weights; ``both_past_first`` is that of the paper's figure
            and of PaddleVideo.

    Returns:
        (N, T, C, H, W).
    """
    if direction in _BOTH:
        one, other = _BOTH[direction]
        first, rest = x[:, :, :fold], x[:, :, fold:]
        return torch.cat([shift_clip(first, fold, one), shift_clip(rest, fold, other)], dim=2)
    moved, still = x[:, :, :fold], x[:, :, fold:]
    empty = torch.zeros_like(moved[:, :1])
    if direction == "past":
        moved = torch.cat([empty, moved[:, :-1]], dim=1)
    else:
        moved = torch.cat([moved[:, 1:], empty], dim=1)
    return torch.cat([moved, still], dim=2)


def shift_online(x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Shift one frame causally.

    Args:
        x: Features of the current frame, (N, C, H, W).
        state: First channels of the previous frame, (N, fold, H, W); zeros after a reset.

    Returns:
        Shifted features, (N, C, H, W), and the state for the next frame, (N, fold, H, W).
    """
    fold = state.shape[1]
    return torch.cat([state, x[:, fold:]], dim=1), x[:, :fold]


class Shifted(nn.Module):
    """Base of both forms of TSM; inherited before the trunk, which is a ResNet or a MobileNetV2.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W) for clips, (N, 3, H, W) for streams.
    """

    divisor = FOLD_DIVISOR
    """One channel in so many is shifted in each direction."""
    body: Callable[..., Tensor]
    """Last features (N, C, h, w) of frames (N, 3, H, W), with a shift on each branch."""
    classifier: nn.Linear
    dropout: nn.Module

    def clip_features(self, clip: Tensor, direction: Direction, **trunk: Any) -> Tensor:
        """Last features of every frame, (N, T, C, h, w); ``trunk`` are arguments of ``body``."""
        length = clip.shape[1]

        def shift(features: Tensor, block: str = "") -> Tensor:
            frames = features.unflatten(0, (-1, length))
            fold = features.shape[1] // self.divisor
            return shift_clip(frames, fold, direction).flatten(0, 1)

        return self.body(clip.flatten(0, 1), shift, **trunk).unflatten(0, (-1, length))


class OnlineTSM(Shifted):
    """Shift from the past alone, for streams.

    Sees exactly one frame back for each shifted block, ten in MobileNetV2 and sixteen in ResNet-50,
    and never the future.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W).
    """

    @abstractmethod
    def shifted_inputs(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (C, h, w) of the features that enter each shifted block, in order."""

    @property
    def memory_frames(self) -> int:
        """Frames before the newest one that a score depends on."""
        return len(self.shifted_inputs(1, 1))

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (fold, h, w) of the states for an input of (height, width), in order."""
        return [(c // self.divisor, h, w) for c, h, w in self.shifted_inputs(height, width)]

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Score one frame.

        Args:
            x: (N, 3, H, W).
            states: Those of ``state_shapes``, each (N, fold, h, w); zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w), then the next states.
        """
        remaining = iter(states)
        following: list[Tensor] = []

        def shift(features: Tensor, block: str = "") -> Tensor:
            shifted, state = shift_online(features, next(remaining))
            following.append(state)
            return shifted

        features = self.body(x, shift)
        return (*frame_scores(features, self.classifier, self.dropout), *following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T, K) of every frame of clips (N, T, 3, H, W): those that a stream gives."""
        features = self.clip_features(clip, "past")
        return frame_logits(features, self.classifier, self.dropout)


class OfflineTSM(Shifted):
    """Shift from both sides, for clips: each shifted block sees one frame in each direction.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        return self.clip_features(clip, "both")

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """A clip (N, T, 3, H, W) to logits (N, K) and class activation maps (N, K, h, w)."""
        return clip_scores(self.features_of(clip), self.classifier, self.dropout)


class MobileNetV2TSM(OnlineTSM, MobileNetV2):
    """Online TSM MobileNetV2: the scores at frame t depend on frames t - 10 to t.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W); H and W multiples of 16.
    """

    def shifted_inputs(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (C, h, w) of the features that enter each block with a skip, in order."""
        return [(block.channels, h, w) for block, h, w in self.entries(height, width)]


class MobileNetV2TSMOffline(OfflineTSM, MobileNetV2):
    """TSM MobileNetV2 for clips: ten shifted blocks see ten frames in each direction.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W); H and W multiples of 16.
    """


class OnlineTSMResNet(OnlineTSM, ResNet):
    """Online TSM ResNet: the shift is on the branch of every bottleneck.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, 3, H, W).
    """

    def shifted_inputs(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Shapes (C, h, w) of the features that enter each block, in order."""
        return [(block.conv1.in_channels, h, w) for block, h, w in self.entries(height, width)]


class TSMResNet(OfflineTSM, ResNet):
    """TSM ResNet for clips: the shift is on the branch of every bottleneck.

    Paper: TSM, https://arxiv.org/abs/1811.08383.
    Input: RGB, normalised, (N, T, 3, H, W).
    """


class TSMResNetNonLocal(TSMResNet):
    """TSM ResNet for clips, with five non-local blocks.

    Papers: TSM, https://arxiv.org/abs/1811.08383; non-local networks,
    https://arxiv.org/abs/1711.07971.
    Input: RGB, normalised, (N, T, 3, H, W).
    """

    def __init__(
        self, num_classes: int, width: float = 1.0, blocks: Sequence[int] = (3, 4, 6, 3)
    ) -> None:
        """Create it; at the start the non-local blocks are the identity."""
        super().__init__(num_classes, width, blocks)
        self.non_local = nn.ModuleDict(
            {
                module_key(name): NonLocal(block.conv3.out_channels)
                for name, block in self.blocks()
                if name in _NON_LOCAL_AFTER
            }
        )

    def features_of(self, clip: Tensor) -> Tensor:
        """Last features of every frame, (N, T, C, h, w)."""
        length = clip.shape[1]

        def after(features: Tensor, block: str) -> Tensor:
            if module_key(block) not in self.non_local:
                return features
            whole = features.unflatten(0, (-1, length)).transpose(1, 2)
            changed: Tensor = self.non_local[module_key(block)](whole)
            return changed.transpose(1, 2).flatten(0, 1)

        return self.clip_features(clip, "both", after=after)


class TsmMobileNetV2(ZooArchitecture):
    """Online TSM MobileNetV2, https://arxiv.org/abs/1811.08383: one frame in, ten states.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_mobilenet_v2"
    module: ClassVar[type[nn.Module]] = MobileNetV2TSM
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past"}


class TsmMobileNetV2Offline(ZooArchitecture):
    """TSM MobileNetV2 of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_mobilenet_v2_offline"
    module: ClassVar[type[nn.Module]] = MobileNetV2TSMOffline
    baseline: ClassVar[str | None] = "single_frame_mobilenet_v2"
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both"}
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8


class TsmResNet50(ResNet50Architecture):
    """Online TSM ResNet-50, https://arxiv.org/abs/1811.08383: one frame in, sixteen states.

    Input: uint8 BGR frames (N, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50"
    module: ClassVar[type[nn.Module]] = OnlineTSMResNet
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "stream"
    traits: ClassVar[dict[str, str]] = {"shift": "past"}


class TsmResNet50Offline(ResNet50Architecture):
    """TSM ResNet-50 of clips, shifted both ways, https://arxiv.org/abs/1811.08383.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50_offline"
    module: ClassVar[type[nn.Module]] = TSMResNet
    paper: ClassVar[str] = TSM
    temporal_mode: ClassVar[Any] = "clip"
    traits: ClassVar[dict[str, str]] = {"shift": "both"}
    why_clips: ClassVar[str | None] = BOTH_WAYS
    num_frames: ClassVar[int] = 8


class TsmResNet50NonLocal(TsmResNet50Offline):
    """TSM ResNet-50 of clips with non-local blocks, https://arxiv.org/abs/1711.07971.

    Input: uint8 BGR clips (N, 8, 224, 224, 3), 10 frames a second, by default.
    """

    name: ClassVar[str] = "tsm_resnet50_nl"
    module: ClassVar[type[nn.Module]] = TSMResNetNonLocal
    paper: ClassVar[str] = "https://arxiv.org/abs/1711.07971"
    traits: ClassVar[dict[str, str]] = {"shift": "both", "non_local": "pooled_after"}
    side_multiple: ClassVar[int] = 32
    """Divisor of height and width: the last block that pools then has two places at least."""
    why_clips: ClassVar[str | None] = "its non-local blocks look at a whole clip"
