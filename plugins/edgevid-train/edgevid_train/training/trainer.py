"""Lightning's trainer as a recipe asks for it, without its own talk."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lightning as L
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.callbacks.progress.rich_progress import RichProgressBar

from edgevid import ConfigError
from edgevid.errors import one_line
from edgevid_train.training.callbacks import Curves, NewDraws
from edgevid_train.training.folder import BEST, CHECKPOINT, CURVES
from edgevid_train.training.precise_bn import PreciseBatchNorm
from edgevid_train.training.recipe import Recipe

_TALKERS = ("lightning.pytorch", "lightning.fabric")


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Within it, Lightning's tips, its findings about the machine and its warnings are silent."""
    loggers = [logging.getLogger(name) for name in _TALKERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def make_trainer(recipe: Recipe, folder: Path, *, progress: bool) -> L.Trainer:
    """A trainer that writes into a run folder.

    Args:
        recipe: Where and how long to train.
        folder: Gets curves and checkpoints.
        progress: Draw a bar, if standard error is a terminal.

    Raises:
        ConfigError: If this machine or Lightning cannot do what the recipe asks for.
    """
    where, how = recipe.trainer, recipe.optimiser
    watched = progress and sys.stderr.isatty()
    callbacks = _callbacks(recipe, folder)
    if watched:
        callbacks.append(RichProgressBar(console_kwargs={"stderr": True}))
    try:
        return L.Trainer(
            default_root_dir=folder,
            max_epochs=how.epochs,
            accelerator=where.accelerator,
            devices=where.devices,
            num_nodes=where.num_nodes,
            precision=where.precision,
            strategy=_strategy(recipe),
            gradient_clip_val=how.gradient_clip or None,
            callbacks=callbacks,
            enable_progress_bar=watched,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            logger=False,
        )
    except (MisconfigurationException, ValueError, TypeError, RuntimeError) as error:
        raise ConfigError(f"trainer: cannot be done on this machine: {one_line(error)}") from error


def _callbacks(recipe: Recipe, folder: Path) -> list[Callback]:
    how = recipe.optimiser
    callbacks: list[Callback] = [NewDraws()]
    if how.ema_decay:
        callbacks.append(EMAWeightAveraging(decay=how.ema_decay))
    if how.precise_bn_batches:
        callbacks.append(PreciseBatchNorm(how.precise_bn_batches))
    callbacks.append(Curves(folder / CURVES))
    # The loss: a small split's accuracy ties, and the first of equals is rarely the best.
    callbacks.append(_checkpoint(folder, BEST, monitor="val/loss"))
    # Its own: the other one's last.ckpt would be that of the last improvement.
    callbacks.append(_checkpoint(folder, CHECKPOINT))
    return callbacks


def _checkpoint(folder: Path, name: str, monitor: str | None = None) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=folder,
        filename=name.removesuffix(".ckpt"),
        monitor=monitor,
        mode="min",
        enable_version_counter=False,
    )


def _strategy(recipe: Recipe) -> str:
    """``auto`` as Lightning means it, but for several devices.

    Mixed batches leave the auxiliary head without gradients, for which plain ``ddp`` would wait.
    """
    where = recipe.trainer
    if where.strategy not in ("auto", "ddp"):
        return where.strategy
    devices = where.devices
    if devices in ("auto", -1):
        devices = 1 if where.accelerator == "cpu" else torch.cuda.device_count()
    several = where.num_nodes > 1 or int(devices) > 1
    return "ddp_find_unused_parameters_true" if several else where.strategy
