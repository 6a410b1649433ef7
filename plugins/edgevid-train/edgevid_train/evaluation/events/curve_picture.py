"""False alerts an hour, and F1, against recall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgevid_train.evaluation.events.schema import CurvePoint, EventsReport
from edgevid_train.evaluation.figures import BLUE, FAINT, INK, ORANGE, new_figures, save_picture

_BUDGET = 0.5
"""False alerts an hour at level 2 that are allowed."""
_APART = 5.0
"""Per cent between two thresholds that are both named."""


def write_curve(report: EventsReport, path: Path) -> bool:
    """Draw the curve of a report if it has one: 1000 by 480 pixels; else remove an older one."""
    points = [p for p in report.curve if p.recall is not None]
    if not points:
        path.unlink(missing_ok=True)
        return False
    title = f"{report.model.name}: what other thresholds would give"
    figure, (left, right) = new_figures(10.0, 4.8, title)
    recall = [100 * (p.recall or 0) for p in points]
    for key, colour, label in (
        ("false_per_hour_any", FAINT, "any level"),
        ("false_per_hour", ORANGE, "level 2 or higher"),
    ):
        values = [getattr(p, key) or 0.0 for p in points]
        left.plot(recall, values, color=colour, marker="o", ms=4, lw=2, label=label)
    left.axhline(_BUDGET, color=INK, lw=1, ls="--")
    # Linear up to one an hour, logarithmic above.
    left.set_yscale("symlog", linthresh=1.0)
    left.set(xlabel="recall at IoU 0.5, %", ylabel=f"false alerts an hour (dashed: {_BUDGET:g})")
    left.set_ylim(bottom=0)
    left.legend(frameon=False, fontsize=9)
    right.plot(recall, [100 * (p.f1 or 0) for p in points], color=BLUE, marker="o", ms=4, lw=2)
    right.set(xlabel="recall at IoU 0.5, %", ylabel="F1 at IoU 0.5, %", ylim=(0, 100))
    _notes(right, points, recall)
    for axes in (left, right):
        axes.set_xlim(0, 100)
    save_picture(figure, path)
    return True


def _notes(axes: Any, points: Sequence[CurvePoint], recall: Sequence[float]) -> None:
    """Name the thresholds that are not on top of each other; ring the policy's own."""
    noted: list[tuple[float, float]] = []
    for point, at in sorted(zip(points, recall, strict=True), key=lambda p: not p[0].is_own):
        place = (at, 100 * (point.f1 or 0))
        if point.is_own:
            axes.plot(*place, marker="o", ms=10, mfc="none", mec=INK)
        if all(math.dist(place, other) > _APART for other in noted):
            noted.append(place)
            axes.annotate(
                f"{point.enter:g}", place, (7, 3), textcoords="offset points", fontsize=8, color=INK
            )
