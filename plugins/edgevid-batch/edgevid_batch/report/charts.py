"""Charts of the summary, drawn by matplotlib without a display and without its global state."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from edgevid.timeline import AVAILABILITY_STYLES, FAINT, GRID, INK, plain_label
from edgevid_batch.report.fleet import LEVELS, Kind, per_hour

_WIDTH_INCHES, _LINE_INCHES = 9.0, 0.3
_LONGEST_NAME = 34
LEVEL_COLOURS = ("#c9d3dc", "#f3c969", "#e5842f", "#a3172c")
"""From the least to the most serious; each is darker than the one before, for grey prints."""
MOST_BARS = 30


@contextmanager
def steady_svg() -> Iterator[None]:
    """Equal drawings give equal bytes; letters stay letters, which is small and can be searched."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "edgevid", "svg.fonttype": "none"}):
        yield


def draw_rates(kinds: Sequence[Kind], exposure_seconds: float) -> bytes:
    """Events per hour of exposure: a bar for each label, a colour for each level."""
    shown = sorted(kinds, key=lambda kind: -kind.total)[:MOST_BARS]
    shown = [kind for kind in kinds if kind in shown][::-1]
    figure, axes = _figure(len(shown) + 2)
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
    return _svg(figure)


def draw_available(available: Mapping[str, float]) -> bytes:
    """One bar: the share of each state."""
    figure, axes = _figure(2.6)
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
    return _svg(figure)


def _figure(lines: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (_WIDTH_INCHES, lines * _LINE_INCHES + 0.6)
    figure = Figure(figsize=size, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    axes.grid(visible=True, axis="x", color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(FAINT)
    return figure, axes


def _legend(figure: Any, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=len(handles), fontsize=8,
                      frameon=False, labelcolor=INK)  # fmt: skip


def _svg(figure: Any) -> bytes:
    content = io.BytesIO()
    with steady_svg():
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()
