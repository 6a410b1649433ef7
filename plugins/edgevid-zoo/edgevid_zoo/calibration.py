"""Batch-norm statistics from a clip, without which the state hardly shows in the scores.

A network fresh from its initialiser hides errors in the state (its influence on the logits is
about 1e-4, or none where branches start at zero), so that every test of parity calibrates first.
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
    """Set a fresh network's running statistics to those of a clip, in place; wake its branches.

    Where weights are all zero, as at the end of a branch that starts as the identity, they become
    ones. The module ends in eval mode.

    Args:
        module: In bundle form, with ``forward_clip``.
        clip: uint8 BGR, (N, T, H, W, 3).
    """
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm3d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        if norm.weight is not None and not norm.weight.any():
            nn.init.ones_(norm.weight)
    module.train()
    module.forward_clip(clip)
    module.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
