"""Charts of a study, in the colours of timelines. Grey or hollow may not carry a claim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgevid.timeline import FAINT, INK, colour_of, plain_label
from edgevid_batch.config.telemetry import SPEED
from edgevid_batch.drawing import new_axes, svg_of
from edgevid_batch.study.findings import ANY, ONE_HANDED, Figure, Measure, Study, read_study

_HEIGHT_INCHES, _LINE_INCHES = 3.2, 0.3
_OTHER_HAND = "#56b4e9"
_HAND = "#d55e00"
_MOST_GROUPS = 8
_MOST_CHANNELS = 4
_MARKS: tuple[tuple[Measure, str, float], ...] = (
    ("within_driver", "o", 0.14),
    ("spearman", "D", -0.14),
)


def study_charts(folder: Path) -> list[tuple[str, str, str]]:
    """Title, caption and SVG of each chart; none if the batch had no telemetry.

    Equal results give equal text. It needs matplotlib.

    Raises:
        ConfigError: If the study cannot be read.
    """
    study = read_study(folder)
    return [] if study is None else charts_of(study)


def charts_of(study: Study) -> list[tuple[str, str, str]]:
    """Draw the charts, as ``study_charts``."""
    sure = (
        f"Lines are {study.settings.confidence:.0%} intervals, drawn over {study.num_drivers} "
        f"drivers. What is grey or hollow may not carry a claim; the table says why."
    )
    found = []
    rates = _figures(study, "per_hour", [ANY])
    if any(figure.value is not None for figure in rates):
        found.append((
            "Interactions against speed",
            f"Events that began, by hour at that speed. {sure}",
            _bars(rates, "events per hour", INK),
        ))  # fmt: skip
    groups = _groups(study)
    if groups:
        found.append((
            "Each kind of interaction against speed",
            f"Events that began, by hour at that speed, of the {len(groups)} commonest kinds. "
            f"{sure}",
            _dots([_figures(study, "per_hour", [group]) for group in groups]),
        ))  # fmt: skip
    hands = _figures(study, "share", [ONE_HANDED])
    if any(figure.value is not None for figure in hands):
        found.append((
            "One- or two-handed driving against speed",
            "Orange: part of the time with one hand off the wheel; blue: with both on it. Seconds "
            f"in which the classes do not tell are left out. {sure}",
            _bars(hands, "part of the time", _HAND, rest=True),
        ))  # fmt: skip
    channels = [name for name in _channels(study) if name != SPEED][:_MOST_CHANNELS]
    for channel in [SPEED, *channels] if SPEED in _channels(study) else channels:
        about = [f for f in study.figures if f.question == "behaviour_and_channel"]
        shown = [figure for figure in about if figure.channel == channel]
        if any(figure.value is not None for figure in shown):
            name = "speed" if channel == SPEED else channel.replace("_", " ")
            found.append((
                f"Behaviour and {name}",
                f"Correlation of what the driver does with {name}: circles within drivers, second "
                f"by second; diamonds over drivers, by rank. {sure}",
                _forest(shown),
            ))  # fmt: skip
    return found


def _figures(study: Study, measure: Measure, behaviours: Sequence[str]) -> list[Figure]:
    return [f for f in study.figures if f.measure == measure and f.behaviour in behaviours]


def _groups(study: Study) -> list[str]:
    """The commonest kinds of events."""
    counts: dict[str, int] = {}
    for figure in study.figures:
        if figure.measure == "per_hour" and figure.behaviour != ANY:
            counts[figure.behaviour] = counts.get(figure.behaviour, 0) + figure.num_events
    active = [name for name in counts if counts[name]]
    return sorted(sorted(active, key=lambda name: -counts[name])[:_MOST_GROUPS])


def _channels(study: Study) -> list[str]:
    return list(dict.fromkeys(figure.channel for figure in study.figures))


def _bars(figures: Sequence[Figure], what: str, colour: str, *, rest: bool = False) -> str:
    """One bar for each range of speeds; with ``rest`` filled up to 1."""
    figure, axes = new_axes(_HEIGHT_INCHES, "y")
    for place, one in enumerate(figures):
        if one.value is None:
            continue
        shade = FAINT if one.warnings else colour
        axes.bar([place], [one.value], width=0.62, color=shade, alpha=0.85)
        if rest:
            axes.bar([place], [1 - one.value], bottom=one.value, width=0.62, color=_OTHER_HAND,
                     alpha=0.25 if one.warnings else 0.6)  # fmt: skip
        _line(axes, place, one, "black")
    _speeds(axes, figures)
    axes.set_ylabel(what, color=INK, fontsize=8)
    axes.set_ylim(0, 1 if rest else None)
    return svg_of(figure).decode("utf-8")


def _dots(rows: Sequence[Sequence[Figure]]) -> str:
    """Points for each kind, side by side."""
    figure, axes = new_axes(_HEIGHT_INCHES + 0.4, "y")
    step = 0.7 / max(len(rows), 1)
    for number, figures in enumerate(rows):
        colour = colour_of(figures[0].behaviour)
        off = (number - (len(rows) - 1) / 2) * step
        axes.plot([], [], "o", ms=5, color=colour,
                  label=plain_label(figures[0].behaviour.replace("_", " "), 24))  # fmt: skip
        for place, one in enumerate(figures):
            if one.value is not None:
                fill = "white" if one.warnings else colour
                _line(axes, place + off, one, FAINT if one.warnings else colour)
                axes.plot([place + off], [one.value], "o", ms=5, mec=colour, mfc=fill)
    _speeds(axes, rows[0])
    axes.set_ylabel("events per hour", color=INK, fontsize=8)
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper left", ncols=4, fontsize=8, frameon=False, labelcolor=INK)
    return svg_of(figure).decode("utf-8")


def _forest(figures: Sequence[Figure]) -> str:
    """A line for each behaviour."""
    names = list(dict.fromkeys(figure.behaviour for figure in figures))
    figure, axes = new_axes(len(names) * _LINE_INCHES * 1.3 + 0.8, "x")
    axes.axvline(0, color=FAINT, lw=1)
    for one in figures:
        marks = [(mark, off) for measure, mark, off in _MARKS if measure == one.measure]
        if one.value is None or not marks:
            continue
        [(mark, off)] = marks
        place = len(names) - 1 - names.index(one.behaviour) + off
        colour = FAINT if one.warnings else INK
        if one.low is not None and one.high is not None:
            axes.plot([one.low, one.high], [place, place], color=colour, lw=1.4)
        axes.plot([one.value], [place], mark, ms=5, mec=colour,
                  mfc="white" if one.warnings else colour)  # fmt: skip
    axes.set_yticks(
        range(len(names)), [plain_label(n.replace("_", " "), 30) for n in reversed(names)]
    )
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(-1, 1)
    axes.set_xlabel("correlation", color=INK, fontsize=8)
    return svg_of(figure).decode("utf-8")


def _line(axes: Any, place: float, one: Figure, colour: str) -> None:
    if one.low is not None and one.high is not None:
        axes.plot([place, place], [one.low, one.high], color=colour, lw=1.2)


def _speeds(axes: Any, figures: Sequence[Figure]) -> None:
    axes.set_xticks(range(len(figures)), [_between(figure) for figure in figures])
    axes.set_xlim(-0.6, len(figures) - 0.4)
    axes.set_xlabel("km/h, and the time at that speed", color=INK, fontsize=8)


def _between(one: Figure) -> str:
    """40 to 80, with how long that was."""
    low = f"{one.from_value or 0:g}"
    span = f"{low} on" if one.to_value is None else f"{low} to {one.to_value:g}"
    lasted = f"{one.num_seconds} s"
    for length, name in ((60, "min"), (3600, "h")):
        if one.num_seconds >= length:
            lasted = f"{one.num_seconds / length:.1f} {name}"
    return f"{span}\n{lasted}"
