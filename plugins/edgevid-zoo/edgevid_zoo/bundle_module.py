"""Bundle form of a network: uint8 BGR images in, with the preprocessing in the graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_FULL = 255.0


class BundleModule(nn.Module):
    """Converts, scales and normalises, then runs the network.

    The exported graph does the same, so that training and running cannot disagree.
    """

    scale: Tensor
    offset: Tensor

    def __init__(self, network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Wrap ``network``; ``mean`` and ``std`` are RGB, of values in [0, 1]."""
        super().__init__()
        self.network = network
        middle, spread = (torch.tensor(side).reshape(1, 3, 1, 1) for side in (mean, std))
        # One factor and one difference: int8 runtimes are slow at more.
        self.register_buffer("scale", 1 / (_FULL * spread), persistent=False)
        self.register_buffer("offset", middle / spread, persistent=False)

    def normalise(self, frames: Tensor) -> Tensor:
        """Uint8 BGR (N, H, W, 3) to normalised RGB (N, 3, H, W)."""
        rgb = frames.permute(0, 3, 1, 2).flip(1).float()
        return rgb * self.scale - self.offset

    def normalise_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR (N, T, H, W, 3) to normalised RGB (N, T, 3, H, W)."""
        return self.normalise(clip.flatten(0, 1)).unflatten(0, (-1, clip.shape[1]))

    def forward(self, frames: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame of each stream: ``(logits, cam, *next_states)``."""
        outputs: tuple[Tensor, ...] = self.network(self.normalise(frames), *states)
        return outputs

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR clip (N, T, H, W, 3) to logits of every frame (N, T, K)."""
        return self.network.forward_clip(self.normalise_clip(clip))


class ClipBundleModule(BundleModule):
    """Bundle form of a network of whole clips."""

    def forward(self, frames: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Uint8 BGR clips (N, T, H, W, 3) to ``(logits, cam or None)``; there are no states."""
        outputs: tuple[Tensor, ...] = self.network(self.normalise_clip(frames))
        return outputs

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR clip (N, T, H, W, 3) to its logits (N, 1, K): one set for all its frames."""
        return self.forward(clip)[0][:, None]


class MultirateBundleModule(BundleModule):
    """Bundle form of a network of several clips, which are cut from one window of frames."""

    def __init__(
        self,
        network: nn.Module,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        places: Sequence[Sequence[int]],
        length: int,
    ) -> None:
        """Wrap ``network``; ``places`` are each pathway's frames in a window of ``length``."""
        super().__init__(network, mean, std)
        self.places = places
        self.length = length

    def forward(self, frames: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        """Uint8 BGR clips (N, T, H, W, 3), one for each pathway, to ``(logits, cam or None)``."""
        clips = (self.normalise_clip(clip) for clip in (frames, *others))
        outputs: tuple[Tensor, ...] = self.network(*clips)
        return outputs

    def cut(self, window: Tensor) -> list[Tensor]:
        """The clips of all pathways, of windows (N, T, H, W, 3) at the card's rate.

        Raises:
            ValueError: If they are not windows of the card's length.
        """
        if window.shape[1] != self.length:
            raise ValueError(
                f"windows of {window.shape[1]} frames: this network's pathways are cut from "
                f"windows of {self.length}"
            )
        return [window[:, places] for places in self.places]

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR window (N, T, H, W, 3) to its logits (N, 1, K): one set for all its frames."""
        return self.forward(*self.cut(clip))[0][:, None]
