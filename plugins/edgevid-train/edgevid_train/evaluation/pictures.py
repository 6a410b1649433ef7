"""Images of a report: small PNG files in one style, drawn without a display."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgevid_train.evaluation.figures import (
    BLUE,
    FAINT,
    GREEN,
    GRID,
    INK,
    ORANGE,
    RED,
    new_figure,
    new_figures,
    save_picture,
    short_name,
)
from edgevid_train.evaluation.schema import EvaluationReport, ReliabilityBin


def confusion_picture(report: EvaluationReport, path: Path) -> None:
    """Confusion matrix, each row in shares of its class: 800 by 720 pixels."""
    counts = np.array(report.confusion, np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = new_figure(8.0, 7.2, f"{report.model}: what is taken for what")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [short_name(name) for name in report.class_names]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.grid(visible=False)
    size = 9 if len(names) <= 15 else 6
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.55 else INK
        text = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    save_picture(figure, path)


def reliability_picture(report: EvaluationReport, path: Path) -> None:
    """Confidence against accuracy before and after temperature scaling: 900 by 480 pixels."""
    figure, (left, right) = new_figures(
        9.0, 4.8, f"{report.model}: how honest are the probabilities"
    )
    _reliability(left, report.reliability_before, ORANGE)
    left.set_title(f"T = {report.card_temperature:g} (card), ECE {report.ece_before:.3f}")
    _reliability(right, report.reliability_after, BLUE)
    right.set_title(f"cross-fitted (T ≈ {report.temperature:.2f}), ECE {report.ece_after:.3f}")
    save_picture(figure, path)


def per_class_picture(report: EvaluationReport, path: Path) -> None:
    """Precision, recall and F1 of each class: 800 by 600 pixels."""
    figure, axes = new_figure(8.0, 6.0, f"{report.model}: classes")
    rows = [row for row in report.per_class if row.support] or list(report.per_class)
    places = np.arange(len(rows))
    for offset, key, colour in (
        (-0.27, "precision", ORANGE),
        (0, "recall", GREEN),
        (0.27, "f1", BLUE),
    ):
        values = [100 * getattr(row, key) for row in rows]
        axes.barh(places + offset, values, 0.25, color=colour, label=key.replace("f1", "F1"))
    axes.set_yticks(places, [f"{short_name(row.label)} ({row.support})" for row in rows])
    axes.set(xlim=(0, 100), xlabel="%  (number of clips in brackets)")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncol=3, frameon=False)
    save_picture(figure, path)


def early_picture(report: EvaluationReport, path: Path) -> None:
    """Accuracy against the part of the behaviour seen: 700 by 450 pixels."""
    figure, axes = new_figure(7.0, 4.5, f"{report.model}: how early")
    parts = [100 * row.part for row in report.early]
    axes.plot(parts, [100 * row.top1 for row in report.early], color=BLUE, marker="o", lw=2)
    _chance_line(axes, report.chance, vertical=False)
    axes.set(xlim=(5, 103), ylim=(0, 103), ylabel="top-1, %")
    axes.set(
        xlabel=f"part of the behaviour observed, %  ({report.early[0].clips} clips, dashed: chance)"
    )
    axes.set_xticks(range(10, 101, 10))
    save_picture(figure, path)


def robustness_picture(report: EvaluationReport, path: Path) -> None:
    """Accuracy under each condition with its 95 % interval: 800 by 800 pixels."""
    figure, axes = new_figure(8.0, 8.0, f"{report.model}: what a camera may do to it")
    groups = list(dict.fromkeys(row.group for row in report.robustness))
    palette = [BLUE, ORANGE, GREEN, "#7a63a5", RED, "#3d8f96", "#a3763d", "#6b7683"]
    for place, row in enumerate(report.robustness):
        value = row.top1
        error = [
            [100 * max(0.0, value.value - value.low)],
            [100 * max(0.0, value.high - value.value)],
        ]
        colour = palette[groups.index(row.group) % len(palette)]
        axes.barh(place, 100 * value.value, 0.72, color=colour, xerr=error, ecolor=FAINT)
        axes.text(1.0, place, f"{100 * value.value:.0f}", va="center", color="white", fontsize=8)
    axes.set_yticks(range(len(report.robustness)), [row.condition for row in report.robustness])
    axes.axvline(100 * report.top1.value, color=INK, lw=1)
    _chance_line(axes, report.chance, vertical=True)
    axes.set(
        xlim=(0, 100), xlabel="top-1, % with 95 % interval  (line: clean clip, dashed: chance)"
    )
    axes.set_ylim(len(report.robustness) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    save_picture(figure, path)


def write_pictures(report: EvaluationReport, folder: Path) -> list[Path]:
    """Write every image that the report has numbers for; returns their paths.

    Raises:
        OSError: If the folder cannot be written.
    """
    wanted: list[tuple[str, Callable[[EvaluationReport, Path], None], Sequence[Any]]] = [
        ("confusion", confusion_picture, report.confusion),
        ("per_class", per_class_picture, report.per_class),
        ("reliability", reliability_picture, report.reliability_before),
        ("robustness", robustness_picture, report.robustness),
        ("early", early_picture, report.early),
    ]
    written = []
    for name, draw, numbers in wanted:
        path = folder / f"{name}.png"
        if numbers:
            draw(report, path)
            written.append(path)
        else:
            # An image of an older report beside this one would pass for this one's.
            path.unlink(missing_ok=True)
    return written


def _reliability(axes: Any, bins: Sequence[ReliabilityBin], colour: str) -> None:
    width = 1 / len(bins)
    total = max(1, sum(b.frames for b in bins))
    for index, one in enumerate(bins):
        if one.frames:
            middle = (index + 0.5) * width
            axes.bar(middle, one.accuracy, width * 0.92, color=colour, alpha=0.75)
            axes.bar(middle, one.frames / total, width * 0.4, color=GRID, zorder=2.5)
            axes.plot([one.confidence] * 2, [one.confidence, one.accuracy], color=RED, lw=1.5)
    axes.plot([0, 1], [0, 1], color=FAINT, lw=1, ls="--", zorder=3)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="accuracy")
    axes.set_xlabel("confidence  (pale bars: share of frames)")
    axes.set_aspect("equal")


def _chance_line(axes: Any, chance: float, *, vertical: bool) -> None:
    draw = axes.axvline if vertical else axes.axhline
    draw(100 * chance, color=FAINT, lw=1, ls="--")
