"""From a trained network to the files of a finished run."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edgevid import Card
from edgevid.backends import write_safetensors
from edgevid_train.evaluation.metrics import per_class_table
from edgevid_train.evaluation.pictures import confusion_picture
from edgevid_train.evaluation.schema import EvaluationReport
from edgevid_train.training.clip_scores import clip_scores, count_confusions
from edgevid_train.training.folder import BEST, CARD, CURVES, WEIGHTS
from edgevid_train.training.head import plain_state
from edgevid_train.training.lit import VideoTraining
from edgevid_train.training.pictures import curves_picture


def write_results(
    network: VideoTraining,
    card: Card,
    folder: Path,
    *,
    clips: Iterable[dict[str, Any]],
    device: torch.device,
    top1: float | None,
) -> Card:
    """Write weights, card, curves and how the classes of the validation clips fare.

    Args:
        network: Gets the weights of the best epoch.
        card: A draft.
        folder: Of the run.
        clips: Batches of the validation clips.
        device: Where to judge them.
        top1: Of the validation clips; None if no frame of them counts.

    Returns:
        The card with its metrics.
    """
    best = folder / BEST
    if best.exists():
        found = torch.load(best, map_location="cpu", weights_only=True)
        network.load_state_dict(found["state_dict"])
    write_safetensors(plain_state(network.net.module.network), folder / WEIGHTS, card)
    if top1 is not None:
        card = card.model_copy(update={"metrics": {"validation_top1": round(top1, 4)}})
    (folder / CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    curves_picture(folder / CURVES, folder / "curves.png")
    counts = _counts(network.to(device).eval(), clips)
    write_classes(counts, card, folder)
    return card


def write_classes(counts: Tensor, card: Card, folder: Path) -> None:
    """Write ``confusion.png`` and ``per_class.csv``.

    Args:
        counts: Clips by true class (row) and found class (column), (K, K).
        card: Gives the names.
        folder: Where to.
    """
    matrix = counts.long().numpy()
    with (folder / "per_class.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("label", "precision", "recall", "f1", "clips"))
        for name, row in zip(card.class_names, per_class_table(matrix), strict=True):
            shares = (f"{value:.4f}" for value in (row.precision, row.recall, row.f1))
            writer.writerow((name, *shares, row.support))
    # The image asks for no more of a report than this.
    shown: dict[str, Any] = {
        "model": f"{card.name}, validation clips",
        "class_names": card.class_names,
        "confusion": tuple(map(tuple, matrix.tolist())),
    }
    report = EvaluationReport.model_construct(**shown)
    confusion_picture(report, folder / "confusion.png")


@torch.no_grad()
def _counts(network: VideoTraining, clips: Iterable[dict[str, Any]]) -> Tensor:
    classes = len(network.recipe.data.class_names)
    counts = torch.zeros(classes, classes)
    for batch in clips:
        logits, targets = network.judge(
            batch["frames"].to(network.device), batch["labels"].to(network.device)
        )
        counts += count_confusions(*clip_scores(logits, targets)).cpu()
    return counts
