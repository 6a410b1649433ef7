"""A network in bundle form: uint8 BGR pictures in, the preprocessing part of the graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_FULL = 255.0


class BundleModule(nn.Module):
    """Converts, scales and normalises, then runs the network.

    What this does is what ONNX Runtime does too: training and running cannot disagree.
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

    def forward(self, frames: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame of each stream: ``(logits, cam, *next_states)``."""
        return self.network(self.normalise(frames), *states)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR clip (N, T, H, W, 3) to logits of every frame (N, T, K)."""
        batch, length = clip.shape[:2]
        frames = self.normalise(clip.flatten(0, 1))
        return self.network.forward_clip(frames.unflatten(0, (batch, length)))


class ClipBundleModule(BundleModule):
    """The same for a network of whole clips."""

    def forward(self, frames: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Uint8 BGR clips (N, T, H, W, 3) to ``(logits, cam or None)``; there are no states."""
        length = frames.shape[1]
        normal = self.normalise(frames.flatten(0, 1))
        return self.network(normal.unflatten(0, (-1, length)))

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Uint8 BGR clip (N, T, H, W, 3) to its logits (N, 1, K): one set for all its frames."""
        return self.forward(clip)[0][:, None]
