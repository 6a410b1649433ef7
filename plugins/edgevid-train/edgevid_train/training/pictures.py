"""Draws the curves of a run."""

from __future__ import annotations

from pathlib import Path

from edgevid_train.training.callbacks import read_curves


def curves_picture(curves: Path, path: Path) -> None:
    """Losses and accuracies per epoch as a small PNG."""
    rows = read_curves(curves)
    if not rows:
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.8), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in rows]
    for axes, keys in ((left, ("train/loss", "val/loss")), (right, ("val/top1", "val/macro_f1"))):
        for key in keys:
            points = [
                (e, row[key]) for e, row in zip(epochs, rows, strict=True) if row[key] is not None
            ]
            axes.plot(*zip(*points, strict=True), label=key) if points else None
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    right.set_ylim(0, 1)
    figure.savefig(path)
