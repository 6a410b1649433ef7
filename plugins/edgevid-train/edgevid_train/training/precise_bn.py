"""Batch-norm statistics computed anew before each validation, from real batches.

Running averages lag behind the weights, and averaged weights have no statistics of their own (Wu
and Johnson 2021, https://arxiv.org/abs/2105.07576).
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import nn


class PreciseBatchNorm(Callback):
    """Replaces the running statistics by those of some training batches.

    Comes after weight averaging in the list of callbacks, so that it sees the averaged weights.
    """

    def __init__(self, batches: int) -> None:
        self._batches = batches

    def on_validation_epoch_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Do it, unless nothing was learnt yet."""
        if trainer.sanity_checking or trainer.train_dataloader is None:
            return
        batches = islice(iter(trainer.train_dataloader), self._batches)
        clips = (batch["frames"].to(pl_module.device) for batch in batches)
        estimate_batch_norm(pl_module.net, clips)
        pl_module.eval()
        for norm in _norms(pl_module.net):
            # Each process saw other batches; they must judge with the same statistics.
            for statistic in (norm.running_mean, norm.running_var):
                statistic.copy_(trainer.strategy.reduce(statistic.clone(), reduce_op="mean"))


@torch.no_grad()
def estimate_batch_norm(network: nn.Module, clips: Any) -> None:
    """Set running statistics to the mean over batches; needs no labels.

    Args:
        network: Called with each of the batches; ends in eval mode.
        clips: An iterable of uint8 BGR batches, (N, T, H, W, 3).
    """
    norms = _norms(network)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean
    network.train()
    for clip in clips:
        network.forward(clip)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _norms(network: nn.Module) -> list[Any]:
    found = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    return [norm for norm in found if norm.track_running_stats]
