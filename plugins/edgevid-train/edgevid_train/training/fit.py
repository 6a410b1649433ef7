"""Trains: from a recipe and a table to a run folder."""

from __future__ import annotations

import csv
import logging
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
from edgevid_zoo.weights import load_weights
from lightning.pytorch.callbacks import ModelCheckpoint

from edgevid import Card, EdgevidError, load_plugins
from edgevid_train.data.splits import check_splits
from edgevid_train.data.table import read_table
from edgevid_train.training.draft import (
    build_network,
    build_teacher,
    check_sizes,
    draft_card,
    is_clip_model,
)
from edgevid_train.training.finish import write_results
from edgevid_train.training.folder import CHECKPOINT, CURVES, write_recipe
from edgevid_train.training.lit import VideoTraining
from edgevid_train.training.loaders import batch_loader
from edgevid_train.training.network import channels_last
from edgevid_train.training.recipe import Recipe
from edgevid_train.training.resume import check_resumable
from edgevid_train.training.trainer import make_trainer, quiet_lightning

_log = logging.getLogger("edgevid.train")


@dataclass(frozen=True)
class TrainedRun:
    """Result of a training run."""

    folder: Path
    card: Card
    top1: float | None
    """Accuracy on the validation clips, in clip form."""


class TrainingInterrupted(KeyboardInterrupt):
    """The training was interrupted; the message says how to resume it."""


def train(
    recipe: Recipe,
    table: Path,
    folder: Path,
    *,
    resume: bool = False,
    start: str | Path | None = None,
    cache: Path | None = None,
    progress: bool = True,
) -> TrainedRun:
    """Train a network.

    On one CPU a resumed run ends with the same weights as one that was never interrupted: all draws
    depend on the seed and the epoch alone, and an epoch that was not finished is begun again.

    Args:
        recipe: What and how.
        table: The data table; its splits ``train`` and ``val`` are used.
        folder: Gets recipe, curves, checkpoints, weights and a draft of the card.
        resume: Go on where the run in the folder stopped.
        start: Weights to begin with, as ``load_weights`` takes them: a file, or a torchvision enum;
            their classes may be other ones, and their network may have shifted otherwise.
        cache: Folder that keeps decoded frames, so that only the first epoch decodes; it takes
            about 1 MB per second of video.
        progress: Draw a bar, if standard error is a terminal.

    Raises:
        DataError: If the table is not valid, a driver is in two splits or a file cannot be read.
        ConfigError: If the recipe asks for what is not there.
        WeightsError: If ``start`` or the teacher does not fit.
        TrainingInterrupted: After Ctrl-C.
    """
    segments = read_table(table)
    check_splits(segments)
    finished = check_resumable(folder, recipe) if resume else 0
    L.seed_everything(recipe.seed, workers=True, verbose=False)
    if recipe.trainer.threads is not None:
        torch.set_num_threads(recipe.trainer.threads)
    network, card = _network(recipe, None if resume else start)
    batches, clips = (
        batch_loader(segments, recipe, card, split, cache=cache) for split in ("train", "val")
    )
    # Workers begin to decode before Lightning says which epoch it is.
    batches.dataset.set_epoch(finished)
    with quiet_lightning():
        trainer = make_trainer(recipe, folder, progress=progress)
        if trainer.is_global_zero:
            write_recipe(recipe, table, folder)
        with _stopping_cleanly(trainer, folder):
            trainer.fit(
                network,
                batches,
                clips,
                ckpt_path=str(folder / CHECKPOINT) if resume else None,
                weights_only=True,
            )
    top1 = _best_top1(trainer, folder / CURVES)
    if trainer.is_global_zero:
        device = trainer.strategy.root_device
        card = write_results(network, card, folder, clips=clips, device=device, top1=top1)
    return TrainedRun(folder, card, top1)


def _network(recipe: Recipe, start: str | Path | None) -> tuple[VideoTraining, Card]:
    architecture = load_plugins().architectures[recipe.network.architecture]()
    card = draft_card(architecture, recipe)
    module = build_network(architecture, card)
    check_sizes(architecture, card, recipe)
    if start is not None:
        found = load_weights(module.network, architecture, start, card=card, relearn=True)
        _log.info("begins with %s", found.table())
    memory = round(card.warmup_seconds * card.input_rate_hz)
    network = VideoTraining(
        module, recipe, memory, build_teacher(recipe, card), whole_clips=is_clip_model(card)
    )
    channels_last(network.net)
    return network, card


@contextmanager
def _stopping_cleanly(trainer: Any, folder: Path) -> Iterator[None]:
    """Turn Lightning's ends into ours: a stop that can be resumed, and errors of one line."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:
        # What Lightning makes of Ctrl-C, after which it ignores all further ones.
        if not trainer.interrupted:
            raise
        raise _interrupted(folder) from error
    except KeyboardInterrupt as error:
        raise _interrupted(folder) from error
    except EdgevidError as error:
        raise _in_one_line(error) from error
    finally:
        if signal.getsignal(signal.SIGINT) is not handler:
            signal.signal(signal.SIGINT, handler)
    if trainer.interrupted:
        raise _interrupted(folder)


def _interrupted(folder: Path) -> TrainingInterrupted:
    if (folder / CHECKPOINT).exists():
        return TrainingInterrupted(
            f"stopped; the same command with --resume continues after the last whole epoch in "
            f"{folder}"
        )
    return TrainingInterrupted(
        f"stopped before the first epoch was over; empty {folder} to begin anew"
    )


def _in_one_line(error: EdgevidError) -> EdgevidError:
    """The message of an error that a worker raised, without the worker's traceback."""
    text = str(error)
    if not text.startswith("Caught "):
        return error
    last = text.rstrip().splitlines()[-1]
    return type(error)(last.partition(f"{type(error).__name__}: ")[2] or last)


def _best_top1(trainer: L.Trainer, curves: Path) -> float | None:
    """Accuracy of the best epoch; None if no validation frame counts."""
    scores = [
        callback.best_model_score
        for callback in trainer.checkpoint_callbacks
        if isinstance(callback, ModelCheckpoint) and callback.monitor is not None
    ]
    if not scores or scores[0] is None or not math.isfinite(scores[0]):
        return None
    with curves.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["val/loss"] and row["val/top1"]]
    best = min(rows, key=lambda row: float(row["val/loss"]), default=None)
    return None if best is None else float(best["val/top1"])
