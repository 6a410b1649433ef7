"""Batch-norm statistics from a clip, without which the state hardly shows in the scores.

A network fresh from its initialiser hides errors in the state (its influence on the logits is
about 1e-4), so that every test of parity calibrates first.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

import edgevid


def golden_clip(num_frames: int, height: int, width: int, *, seed: int = 0) -> Tensor:
    """The clip of ``edgevid.golden_clip``, with a batch axis.

    Returns:
        uint8 BGR, (1, num_frames, height, width, 3).
    """
    return torch.from_numpy(edgevid.golden_clip(num_frames, height, width, seed=seed))[None]


@torch.no_grad()
def calibrate_batch_norm(module: nn.Module, clip: Tensor) -> None:
    """Set running statistics to those of a clip, in place; the module ends in eval mode.

    Args:
        module: In bundle form, with ``forward_clip``.
        clip: uint8 BGR, (N, T, H, W, 3).
    """
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm3d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    module.train()
    module.forward_clip(clip)
    module.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
