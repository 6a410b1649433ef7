"""Callbacks of training: new draws, curves, and progress for people."""

from __future__ import annotations

import csv
import logging
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Callback

_log = logging.getLogger("edgevid.train")
COLUMNS = ("epoch", "train/loss", "train/finding", "val/loss", "val/top1", "val/macro_f1", "rate")


class NewDraws(Callback):
    """Tells the dataset which epoch it is, so that every epoch draws anew."""

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Set the epoch, also after a resume."""
        dataset = getattr(trainer.train_dataloader, "dataset", None)
        if dataset is not None:
            dataset.set_epoch(trainer.current_epoch)


class Curves(Callback):
    """Writes one line per epoch to a CSV file; a resumed run goes on in the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Add the line, in place of one of the same epoch from before an interruption."""
        if not trainer.is_global_zero:
            return
        values = {key: float(value) for key, value in trainer.callback_metrics.items()}
        row: dict[str, Any] = {
            "epoch": trainer.current_epoch + 1,
            "train/loss": values.get("train/loss_epoch"),
            "train/finding": values.get("train/finding_epoch"),
            "rate": trainer.optimizers[0].param_groups[0]["lr"],
            **{key: values.get(key) for key in COLUMNS if key.startswith("val/")},
        }
        earlier = [old for old in read_curves(self._path) if old["epoch"] < row["epoch"]]
        with self._path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows([*earlier, row])
        shown = (f"{key} {row[key]:.4g}" for key in COLUMNS[1:] if row[key] is not None)
        _log.info("epoch %d of %d: %s", row["epoch"], trainer.max_epochs, ", ".join(shown))


def read_curves(path: Path) -> list[dict[str, Any]]:
    """The lines of a run so far; empty if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {key: (float(value) if value else None) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]
