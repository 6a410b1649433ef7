"""Draws a timeline with matplotlib, without a display and without its global state."""

from __future__ import annotations

import importlib.util
import io
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

from edgevid.timeline.colours import AVAILABILITY, FAINT, GAP, GRID, HATCH, INK, colour_of, order_of
from edgevid.timeline.rows import EventBar, Row
from edgevid.timeline.texts import clock, plain, ticks
from edgevid.types import Gap

_DPI = 100
_WIDTH_PX = 1200
_RIGHT_PX, _TITLE_PX, _AXIS_PX, _LEGEND_PX = 34, 40, 26, 40
_RIBBON_PX, _SPACE_PX = 14, 6
_TALLEST_PX = 2400
_LANE_PX = (26, 46)
"""Least and most."""
_BAR_PART = 0.66
"""Height of a bar as part of its lane; its text stands above the bars."""
_NARROWEST_PX = 3.0
_MARK_PX = 5.0
_CHARACTER_PX = 5.0
_SHORTEST_TEXT = 4
_LONGEST_NAME = 24
_MOST_GROUPS = 40
_OTHERS = "other groups"
_LEVELS = 3


@dataclass(frozen=True, slots=True)
class _Scale:
    """Coordinates of a drawing: x in seconds, y in pixels from below."""

    start_seconds: float
    end_seconds: float
    plot_px: float

    @property
    def second_px(self) -> float:
        return self.plot_px / (self.end_seconds - self.start_seconds)

    def wide_enough(self, start: float, end: float) -> tuple[float, float]:
        """The same state_bar, but never too narrow to be seen."""
        least = _NARROWEST_PX / self.second_px
        return start, max(end, start + least)


def missing_library() -> str | None:
    """Say how to get matplotlib, or None if it is there."""
    if importlib.util.find_spec("matplotlib") is not None:
        return None
    return 'matplotlib is needed; pip install "edgevid[plots]"'


def draw_timeline(rows: Sequence[Row], *, title: str, format: Literal["png", "svg"]) -> bytes:
    """The image, 1200 pixels wide.

    A bar is as high as the event's level was at that time; a thin line marks where a level was
    reached, with the reason where there is room.

    Args:
        rows: Runs; with more than one, every group has a lane for each of them, in this order.
        title: Above it.
        format: Of the bytes.
    """
    rows, groups = _few_groups(rows)
    lanes = [(group, row) for group in groups for row in rows]
    ribbons = [row for row in rows if row.states]
    lane_px = min(max(_TALLEST_PX / max(len(lanes), 1), _LANE_PX[0]), _LANE_PX[1])
    body_px = max(len(lanes), 1) * lane_px + len(ribbons) * (_RIBBON_PX + _SPACE_PX) + _SPACE_PX
    many = len(rows) > 1
    names = [_name(group, row, many) for group, row in lanes]
    names += [_name("availability", row, many) for row in ribbons]
    left_px = 40 + 6.4 * max(map(len, [*names, ""]))
    scale = _Scale(*_span(rows), _WIDTH_PX - left_px - _RIGHT_PX)

    figure, axes = _figure(left_px, body_px, scale, plain(title, 130))
    middles = []
    for number, (group, row) in enumerate(lanes, start=1):
        bottom = body_px - number * lane_px
        middles.append(bottom + lane_px * _BAR_PART / 2)
        axes.axhline(bottom, color=GRID, lw=0.4 if number % len(rows) else 1.0, zorder=0)
        found = [bar for bar in row.bars if bar.group == group]
        _draw_lane(axes, found, group, bottom, lane_px, scale)
        _draw_gaps(axes, row.gaps, bottom, lane_px, scale)
    if not lanes:
        _draw_gaps(axes, [g for row in rows for g in row.gaps], 0, body_px, scale)
        axes.text(0.5, 0.6, "no events", transform=axes.transAxes, color=FAINT, ha="center")
    for number, row in enumerate(reversed(ribbons)):
        bottom = _SPACE_PX / 2 + number * (_RIBBON_PX + _SPACE_PX)
        middles.insert(len(lanes), bottom + _RIBBON_PX / 2)
        _draw_ribbon(axes, row, bottom, scale)
    axes.set_yticks(middles, names)
    states = {state_bar.state for row in rows for state_bar in row.states}
    is_open = any(bar.is_open for row in rows for bar in row.bars)
    _draw_legend(figure, states, any(row.gaps for row in rows), is_open)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format, metadata={"Date": None} if format == "svg" else None)
    return buffer.getvalue()


def _figure(left_px: float, body_px: float, scale: _Scale, title: str) -> tuple[Any, Any]:
    """A figure with axes whose y is in pixels."""
    # Without pyplot no display is asked for and no global state is left behind.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height_px = _TITLE_PX + body_px + _AXIS_PX + _LEGEND_PX
    figure = Figure(figsize=(_WIDTH_PX / _DPI, height_px / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(16 / _WIDTH_PX, 1 - 16 / height_px, title, color=INK, fontsize=11,
                fontweight="bold", va="top")  # fmt: skip
    axes = figure.add_axes(
        (
            left_px / _WIDTH_PX,
            (_AXIS_PX + _LEGEND_PX) / height_px,
            scale.plot_px / _WIDTH_PX,
            body_px / height_px,
        )
    )
    axes.set_xlim(scale.start_seconds, scale.end_seconds)
    axes.set_ylim(0, body_px)
    times = ticks(scale.start_seconds, scale.end_seconds)
    axes.set_xticks(times, [clock(at) for at in times])
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.grid(visible=True, axis="x", color=GRID, lw=0.8, zorder=0)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(FAINT)
    return figure, axes


def _few_groups(rows: Sequence[Row]) -> tuple[Sequence[Row], list[str]]:
    """Limit the lanes to a readable number; the rarest groups share one."""
    counts = Counter(bar.group for row in rows for bar in row.bars)
    if len(counts) <= _MOST_GROUPS:
        return rows, sorted(counts, key=order_of)
    most = sorted(counts, key=lambda g: (-counts[g], order_of(g)))[: _MOST_GROUPS - 1]
    shown_groups = set(most)
    rows = [
        replace(
            row,
            bars=[
                s if s.group in shown_groups else replace(s, group=_OTHERS, label=s.group)
                for s in row.bars
            ],
        )
        for row in rows
    ]
    return rows, [*sorted(shown_groups, key=order_of), _OTHERS]


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    spans = [row.span for row in rows] or [(0.0, 0.0)]
    start, end = min(s for s, _ in spans), max(e for _, e in spans)
    return start, max(end, start + 1.0)


def _name(group: str, row: Row, with_row: bool) -> str:
    name = plain(group.replace("_", " "), _LONGEST_NAME)
    return f"{name}  {plain(row.name, 8)}" if with_row else name


def _draw_lane(
    axes: Any,
    bars: Sequence[EventBar],
    group: str,
    bottom: float,
    lane_px: float,
    scale: _Scale,
) -> None:
    from matplotlib.collections import PolyCollection

    high = lane_px * _BAR_PART
    outlines = [_outline(bar, bottom, high, scale) for bar in bars]
    colour = colour_of(group)
    axes.add_collection(PolyCollection(outlines, facecolor=colour, edgecolor="none", zorder=3))
    axes.vlines(list(_marks(bars, scale)), bottom, bottom + high, color=INK, lw=0.8, zorder=4)
    unfinished = [s.end_seconds for s in bars if s.is_open]
    axes.vlines(
        unfinished, bottom, bottom + high, color=colour, lw=1.6, linestyle=(0, (1, 1)), zorder=4
    )
    for at_seconds, text in _texts(bars, group, scale):
        axes.text(at_seconds, bottom + high + 1, text, color=INK, fontsize=7, va="bottom",
                  zorder=5)  # fmt: skip


def _outline(bar: EventBar, bottom: float, high: float, scale: _Scale) -> list[tuple[float, float]]:
    """A staircase: one step for each change of level."""
    start, end = scale.wide_enough(bar.start_seconds, bar.end_seconds)
    points = [(start, bottom)]
    height = bottom + high / (_LEVELS + 1)
    points.append((start, height))
    for change in bar.levels:
        at = min(max(change.at_seconds, start), end)
        points.append((at, height))
        height = bottom + high * (min(max(change.level, 0), _LEVELS) + 1) / (_LEVELS + 1)
        points.append((at, height))
    return [*points, (end, height), (end, bottom)]


def _marks(bars: Sequence[EventBar], scale: _Scale) -> Iterator[float]:
    """Changes of level, where a line does not hide the bar."""
    for bar in bars:
        before = bar.start_seconds
        for change in bar.levels:
            if (change.at_seconds - before) * scale.second_px >= _MARK_PX:
                yield change.at_seconds
            before = change.at_seconds


def _texts(bars: Sequence[EventBar], group: str, scale: _Scale) -> Iterator[tuple[float, str]]:
    """Texts that fit: labels where they add to the lane, reasons of levels."""
    wanted: list[tuple[float, str]] = []
    for bar in bars:
        if bar.label and bar.label != group:
            wanted.append((bar.start_seconds, bar.label.replace("_", " ")))
        wanted += [(change.at_seconds, f"{change.level}: {change.reason}") for change in bar.levels]
    wanted.sort(key=lambda item: item[0])
    edges = [*(at for at, _ in wanted), scale.end_seconds][1:]
    for (at, text), edge in zip(wanted, edges, strict=True):
        room = int(((edge - at) * scale.second_px - 3) / _CHARACTER_PX)
        level, colon, _ = text.partition(":")
        if len(text) <= room or room >= 3 * _SHORTEST_TEXT:
            yield at, plain(text, room)
        elif colon and len(level) <= room:
            yield at, plain(level, room)


def _draw_ribbon(axes: Any, row: Row, bottom: float, scale: _Scale) -> None:
    """Availability of one run."""
    for state, (colour, hatch) in AVAILABILITY.items():
        found = [(s.start_seconds, s.end_seconds) for s in row.states if s.state == state]
        axes.broken_barh(_wide(found, scale), (bottom, _RIBBON_PX), facecolor=colour, hatch=hatch,
                         edgecolor="#ffffff80", lw=0, zorder=3)  # fmt: skip


def _draw_gaps(axes: Any, gaps: Sequence[Gap], bottom: float, high: float, scale: _Scale) -> None:
    spans = _wide([(gap.start_seconds, gap.end_seconds) for gap in gaps], scale)
    axes.broken_barh(spans, (bottom, high), facecolor=GAP, hatch="////", edgecolor=HATCH,
                     lw=0, zorder=1)  # fmt: skip


def _wide(spans: Sequence[tuple[float, float]], scale: _Scale) -> list[tuple[float, float]]:
    """Start and length of each; those that touch on the image become one."""
    joined: list[tuple[float, float]] = []
    for span in sorted(spans):
        start, end = scale.wide_enough(*span)
        if joined and start - joined[-1][1] < 1 / scale.second_px:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [(start, end - start) for start, end in joined]


def _draw_legend(figure: Any, states: Set[str], gaps: bool, unfinished: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = [
        Line2D([], [], color=INK, lw=0.8, marker="|", linestyle="none", markersize=11,
               label="level reached; the higher the bar, the higher the level (0 to 3)"),
    ]  # fmt: skip
    if unfinished:
        entries.append(Line2D([], [], color=INK, lw=1.6, linestyle=(0, (1, 1)), label="still open"))
    for state in [known for known in AVAILABILITY if known in states]:
        colour, hatch = AVAILABILITY[state]
        entries.append(
            Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=state.replace("_", " "))
        )
    if gaps:
        entries.append(Patch(facecolor=GAP, hatch="////", edgecolor=HATCH, label="gap"))
    legend = figure.legend(
        handles=entries,
        loc="lower left",
        ncols=len(entries),
        fontsize=8,
        frameon=False,
        bbox_to_anchor=(0.005, 0.0),
        handlelength=1.6,
        columnspacing=1.4,
    )
    for text in legend.get_texts():
        text.set_color(INK)
