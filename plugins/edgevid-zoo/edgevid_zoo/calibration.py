"""Batch-norm statistics from a clip, without which the state hardly shows in the scores.

A network fresh from its initialiser hides errors in the state (its influence on the logits is
about 1e-4), so that every test of parity calibrates first.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def golden_clip(num_frames: int, height: int, width: int, *, seed: int = 0) -> Tensor:
    """A seeded clip that moves, with uneven colours, so that every mistake shows.

    Returns:
        uint8 BGR, (1, num_frames, height, width, 3).
    """
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand((1, 3, 9, 9), generator=generator)
    scene = nn.functional.interpolate(coarse, (height * 2, width * 2), mode="bicubic")
    # Channels differ on purpose: swapped colours must change the result.
    scene = scene * torch.tensor([90.0, 160.0, 230.0]).reshape(1, 3, 1, 1)
    frames = []
    for index in range(num_frames):
        y, x = (index * 5) % height, (index * 3) % width
        noise = torch.randn((1, 3, height, width), generator=generator) * 12
        frames.append(scene[..., y : y + height, x : x + width] + noise)
    clip = torch.cat(frames).clamp(0, 255).to(torch.uint8)
    return clip.permute(0, 2, 3, 1)[None].contiguous()


@torch.no_grad()
def calibrate_batch_norm(module: nn.Module, clip: Tensor) -> None:
    """Set running statistics to those of a clip, in place; the module ends in eval mode.

    Args:
        module: In bundle form, with ``forward_clip``.
        clip: uint8 BGR, (N, T, H, W, 3).
    """
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    module.train()
    module.forward_clip(clip)
    module.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
