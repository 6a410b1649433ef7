"""Charts of the summary, drawn by matplotlib without a display and without its global state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgevid.timeline import AVAILABILITY_STYLES, FAINT, INK, plain_label
from edgevid_batch.drawing import new_axes, svg_of
from edgevid_batch.report.fleet import LEVELS, EventKind, per_hour

_LINE_INCHES = 0.3
_LONGEST_NAME = 34
LEVEL_COLOURS = ("#c9d3dc", "#f3c969", "#e5842f", "#a3172c")
"""From the least to the most serious; each is darker than the one before, for grey prints."""
MOST_BARS = 30


def draw_rates(kinds: Sequence[EventKind], exposure_seconds: float) -> bytes:
    """Events per hour of exposure: a bar for each label, a colour for each level."""
    shown = sorted(kinds, key=lambda kind: -kind.total)[:MOST_BARS]
    shown = [kind for kind in kinds if kind in shown][::-1]
    figure, axes = new_axes((len(shown) + 2) * _LINE_INCHES + 0.6, "x")
    left = [0.0] * len(shown)
    names = [plain_label(kind.label.replace("_", " "), _LONGEST_NAME) for kind in shown]
    for level in reversed(LEVELS):
        widths = [per_hour(kind.counts[level], exposure_seconds) or 0.0 for kind in shown]
        axes.barh(range(len(shown)), widths, left=left, height=0.7, color=LEVEL_COLOURS[level],
                  edgecolor="white", linewidth=0.6, label=f"level {level}")  # fmt: skip
        left = [before + width for before, width in zip(left, widths, strict=True)]
    for place, (kind, end) in enumerate(zip(shown, left, strict=True)):
        axes.annotate(f"{kind.total}", (end, place), (4, 0), textcoords="offset points",
                      va="center", fontsize=8, color=FAINT)  # fmt: skip
    axes.set_yticks(range(len(shown)), names)
    axes.set_xlabel("events per hour of exposure; beside each bar, the number of events",
                    color=INK, fontsize=8)  # fmt: skip
    axes.set_xlim(0, max([*left, 0.001]) * 1.08)
    _legend(figure, axes)
    return svg_of(figure)


def draw_available(available: Mapping[str, float]) -> bytes:
    """One bar: the share of each state."""
    figure, axes = new_axes(2.6 * _LINE_INCHES + 0.6, "x")
    total, left = sum(available.values()) or 1.0, 0.0
    for state, (colour, hatch) in AVAILABILITY_STYLES.items():
        share = available.get(state, 0.0) / total * 100
        if share:
            axes.barh([0], [share], left=left, height=0.8, color=colour, hatch=hatch,
                      edgecolor="white", linewidth=0.6, label=state.replace("_", " "))  # fmt: skip
        left += share
    axes.set_yticks([])
    axes.set_xlim(0, 100)
    axes.set_xlabel("percent of the analysed time", color=INK, fontsize=8)
    _legend(figure, axes)
    return svg_of(figure)


def _legend(figure: Any, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=len(handles), fontsize=8,
                      frameon=False, labelcolor=INK)  # fmt: skip
