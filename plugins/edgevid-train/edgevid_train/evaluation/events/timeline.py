"""The timeline: truth above, events below, a strip for each part of a drive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgevid.timeline import colour_of, order_of
from edgevid_train.evaluation.events.schema import DriveRow, EventsReport, TimedEvent
from edgevid_train.evaluation.figures import (
    FAINT,
    GRID,
    INK,
    new_figure,
    plain_line,
    save_picture,
    short_name,
)

STRIPS_PER_PAGE = 12
MOST_PAGES = 20
LONGEST_SECONDS = 600.0
"""A longer drive goes on in the next strip."""

_WIDTH, _STRIP_HEIGHT = 13.0, 0.62
_TRUTH, _FOUND = (0.06, 0.40), (0.54, 0.40)
"""(top, height) of the two lanes of a strip."""


@dataclass(frozen=True, slots=True)
class _Strip:
    drive: DriveRow
    start_seconds: float
    end_seconds: float


def write_timeline(report: EventsReport, folder: Path) -> list[Path]:
    """Draw ``timeline.png``, ``timeline_2.png`` …; pages of an older report are removed.

    Colour is the group, as in every timeline; the height of an event is its highest level; a dark
    frame is a false alarm, one that overlaps no true event of its group. At most 20 pages are
    drawn.
    """
    for old in folder.glob("timeline*.png"):
        old.unlink()
    strips = [strip for drive in report.drives for strip in _strips(drive)]
    # One scale for all pages, so that lengths can be compared.
    longest = max((s.end_seconds - s.start_seconds for s in strips), default=0.0)
    groups = {e.group for d in report.drives for e in (*d.truth, *d.events)}
    colours = {group: colour_of(group) for group in sorted(groups, key=order_of)}
    pages = math.ceil(len(strips) / STRIPS_PER_PAGE)
    written = []
    for page in range(min(pages, MOST_PAGES)):
        shown = strips[page * STRIPS_PER_PAGE : (page + 1) * STRIPS_PER_PAGE]
        path = folder / ("timeline.png" if page == 0 else f"timeline_{page + 1}.png")
        title = f"{report.model.name}: truth above, events below ({page + 1} of {pages})"
        _page(path, title, shown, longest, colours)
        written.append(path)
    return written


def num_pages(report: EventsReport) -> int:
    """Number of pages of all drives."""
    return math.ceil(sum(len(_strips(drive)) for drive in report.drives) / STRIPS_PER_PAGE)


def _strips(drive: DriveRow) -> list[_Strip]:
    count = max(1, math.ceil(drive.seconds / LONGEST_SECONDS - 1e-6))
    length = drive.seconds if count == 1 else LONGEST_SECONDS
    return [_Strip(drive, k * length, (k + 1) * length) for k in range(count)]


def _page(
    path: Path, title: str, strips: Sequence[_Strip], longest: float, colours: dict[str, str]
) -> None:
    figure, axes = new_figure(_WIDTH, 1.6 + _STRIP_HEIGHT * len(strips), title)
    for place, strip in enumerate(strips):
        axes.axhspan(place + 0.02, place + 0.98, color=GRID, alpha=0.35, lw=0)
        for event in strip.drive.truth:
            _bar(axes, strip, event, place + _TRUTH[0], _TRUTH[1], colours, hatch="")
        for event in strip.drive.events:
            # The higher the level, the taller the bar; the lane's top is level 3.
            height = _FOUND[1] * (0.4 + 0.2 * min(event.level, 3))
            _bar(axes, strip, event, place + _FOUND[0], height, colours, hatch="//")
    axes.set(xlim=(0, max(longest, 1e-3)), ylim=(len(strips), 0), xlabel="seconds")
    axes.set_yticks([place + 0.5 for place in range(len(strips))], [_name(s) for s in strips])
    axes.grid(visible=False, axis="y")
    _legend(axes, colours)
    save_picture(figure, path)


def _bar(
    axes: Any,
    strip: _Strip,
    event: TimedEvent,
    top: float,
    height: float,
    colours: dict[str, str],
    hatch: str,
) -> None:
    start = max(event.start_seconds, strip.start_seconds)
    end = min(event.end_seconds, strip.end_seconds)
    if end < start or start >= strip.end_seconds:
        return
    axes.broken_barh(
        [(start - strip.start_seconds, max(end - start, 0.2))],
        (top, height),
        facecolors=colours[event.group],
        edgecolors=INK if event.false else "white",
        linewidth=1.6 if event.false else 0.6,
        hatch=hatch if event.level >= 2 else "",
        zorder=3 if event.false else 2,
    )


def _name(strip: _Strip) -> str:
    name = plain_line(strip.drive.name, 26)
    return name if strip.start_seconds == 0 else f"{name}\nfrom {strip.start_seconds:.0f} s"


def _legend(axes: Any, colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    keys = [Patch(facecolor=colour, label=short_name(group)) for group, colour in colours.items()]
    keys += [
        Patch(facecolor="white", edgecolor=FAINT, hatch="//", label="level 2 or higher"),
        Patch(facecolor="white", edgecolor=INK, linewidth=1.6, label="false alarm"),
    ]
    axes.legend(
        handles=keys,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.06 - 0.6 / max(1.0, axes.get_ylim()[0])),
        ncol=6,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )
