"""Draws docs/pictures/events_*.png: what each parameter of an event policy does, by the engine.

Usage: python tools/event_pictures.py [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edgevid.card import Card
from edgevid.events.engine import PolicyEngine
from edgevid.events.policy import Policy
from edgevid.timeline.colours import AVAILABILITY
from edgevid.types import Availability, Event, Prediction, Vehicle

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 20.0
LABELS = ("safe_driving", "phone_left", "drinking", "occluded")
CARD = Card(
    name="drawing",
    class_names=LABELS,
    background="safe_driving",
    temporal_mode="stream",
    input_rate_hz=RATE_HZ,
)
BLUE, ORANGE, GREEN, GREY, RED = "#0072B2", "#E69F00", "#009E73", "#999999", "#D55E00"
LEVEL_COLOURS = ("#9ecae1", "#fdd49e", "#fc8d59", "#b30000")


@dataclass
class Trace:
    """One run of the engine, moment by moment."""

    times: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    filtered: list[float] = field(default_factory=list)
    continuous: list[float] = field(default_factory=list)
    cumulative: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    availability: list[Availability] = field(default_factory=list)

    @property
    def closed(self) -> list[Event]:
        return [e for e in self.events if e.phase == "closed"]


def run(
    scores: Callable[[float], Sequence[float]],
    moments: Sequence[float],
    options: dict[str, Any],
    *,
    vehicle: Callable[[float], Vehicle] = lambda t: Vehicle(),
) -> Trace:
    """Run the engine; the second class is the one that is drawn."""
    engine, trace = PolicyEngine(Policy.model_validate(options), CARD), Trace()
    engine.open("drawing")
    group = next(n for n, labels in engine.policy["groups"].items() if "phone_left" in labels)
    for number, t in enumerate(moments):
        values = np.asarray(scores(t), np.float32)
        trace.events += engine.update(Prediction(values, t, t, number, True), vehicle(t))
        trace.availability += engine.take_availability()
        gauge = engine.gauges()[group]
        trace.times.append(t)
        trace.scores.append(float(values[1]))
        trace.filtered.append(gauge.filtered)
        trace.continuous.append(gauge.continuous_seconds)
        trace.cumulative.append(gauge.cumulative_seconds)
    trace.events += engine.finish(moments[-1])
    return trace


def times(seconds: float) -> list[float]:
    return [k / RATE_HZ for k in range(round(seconds * RATE_HZ))]


def phone(*parts: tuple[float, float], high: float = 0.94) -> Callable[[float], list[float]]:
    """The phone within the parts, safe driving else."""

    def scores(t: float) -> list[float]:
        on = any(a <= t < b for a, b in parts)
        return [1 - high, high, 0, 0] if on else [0.96, 0.04, 0, 0]

    return scores


def bars(axes: Axes, trace: Trace, *, y: float, height: float) -> None:
    """Events as bars, darker from each level on."""
    for event in trace.closed:
        edges = [event.start_seconds]
        levels = [0]
        for change in event.levels:
            edges.append(min(max(change.at_seconds, event.start_seconds), event.end_seconds))
            levels.append(change.level)
        edges.append(event.end_seconds)
        for left, right, level in zip(edges, edges[1:], levels, strict=False):
            colour = LEVEL_COLOURS[min(level, 3)]
            axes.barh(y, right - left, left=left, height=height, color=colour, align="edge")
        axes.barh(
            y, event.duration_seconds, left=event.start_seconds, height=height,
            fill=False, edgecolor="black", linewidth=0.8, align="edge",
        )  # fmt: skip


def ribbon(axes: Axes, trace: Trace, *, y: float, height: float) -> None:
    """Availability as a ribbon with names."""
    changes = trace.availability
    for change, following in zip(changes, [*changes[1:], None], strict=True):
        end = following.start_seconds if following else trace.times[-1]
        axes.barh(
            y, end - change.start_seconds, left=change.start_seconds, height=height,
            color=AVAILABILITY[change.state][0], align="edge",
        )  # fmt: skip
        if end - change.start_seconds > 1.5:
            axes.text(
                (change.start_seconds + end) / 2, y + height / 2, change.state,
                ha="center", va="center", fontsize=8,
                color="white" if change.state == "no_signal" else "black",
            )  # fmt: skip


def figure(rows: int, height: float = 2.1) -> tuple[Figure, list[Axes]]:
    drawn = Figure(figsize=(10, height * rows), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(axis="x", color="#eeeeee")
        one.set_axisbelow(True)
    axes[-1].set_xlabel("seconds")
    return drawn, list(axes)


def draw_scores(axes: Axes, trace: Trace, enter: float, leave: float) -> None:
    axes.plot(trace.times, trace.scores, color=GREY, linewidth=1, label="score of the group")
    axes.plot(trace.times, trace.filtered, color=BLUE, linewidth=2, label="filtered (tau_seconds)")
    axes.axhline(enter, color=ORANGE, linestyle="--", linewidth=1)
    axes.axhline(leave, color=GREEN, linestyle="--", linewidth=1)
    for value, name, colour in ((enter, "enter", ORANGE), (leave, "exit", GREEN)):
        axes.text(trace.times[-1], value + 0.02, name, color=colour, fontsize=8, ha="right")
    axes.set_ylim(-0.02, 1.32)
    axes.set_yticks([0, 0.5, 1])
    bars(axes, trace, y=1.12, height=0.12)


def note(axes: Axes, x: float, y: float, text: str) -> None:
    axes.text(x, y, text, fontsize=8, ha="center", va="bottom", color="#333333")


def segments() -> Figure:
    """Filter, band, least times on and off."""
    parts = ((1, 1.15), (3, 3.45), (6, 9), (10.2, 12), (17, 20))
    drawn, axes = figure(2, 2.4)
    for one, tau, off in zip(axes, (0.3, 1.0), (2.0, 1.0), strict=True):
        rules = {
            "tau_seconds": tau, "enter": 0.63, "exit": 0.37, "min_on_seconds": 0.5,
            "min_off_seconds": off, "levels": [],
        }  # fmt: skip
        draw_scores(one, run(phone(*parts), times(24), {"profile": "research", "rules": rules}),
                    0.63, 0.37)  # fmt: skip
        one.set_title(f"tau_seconds {tau:g}, min_off_seconds {off:g}", fontsize=10, loc="left")
    note(axes[0], 1.1, 1.15, "one flicker")
    note(axes[0], 3.2, 1.0, "too short for min_on_seconds")
    note(axes[0], 9.6, 1.25, "shorter than min_off_seconds: one event")
    axes[1].legend(loc="center left", fontsize=8, bbox_to_anchor=(0.55, 0.55))
    return drawn


def levels() -> Figure:
    """The continuous timer: levels, recovery, notifications."""
    trace = run(
        phone((1, 14), (16.5, 20), (32, 36)), times(42),
        {"profile": "fleet", "notify_level": 1, "rules": {"cumulative": None}},
    )  # fmt: skip
    drawn, axes = figure(2)
    draw_scores(axes[0], trace, 0.63, 0.37)
    axes[1].plot(trace.times, trace.continuous, color=BLUE, linewidth=2)
    for level, seconds in enumerate((3, 5, 11), 1):
        axes[1].axhline(seconds, color=LEVEL_COLOURS[level], linestyle="--", linewidth=1.2)
        axes[1].text(0.05, seconds + 0.1, f"levels[{level - 1}]: level {level}", fontsize=8)
    for event in trace.events:
        if event.notify:
            axes[1].plot(event.end_seconds, 13.4, marker="v", color=RED)
    axes[1].text(33, 13.1, "▼ somebody is told (notify_level, renotify_seconds)",
                 color=RED, fontsize=8, ha="right")  # fmt: skip
    note(axes[1], 25.5, 5.6, "recovery: 5 times as fast from the top,\n1.25 times from a little")
    axes[1].set_ylabel("continuous timer, s")
    axes[1].set_ylim(0, 14.5)
    return drawn


def cumulative() -> Figure:
    """Glances that add up."""
    parts = [(t, t + 2) for t in range(2, 26, 3)]
    trace = run(phone(*parts), times(34), {"profile": "fleet"})
    drawn, axes = figure(2)
    draw_scores(axes[0], trace, 0.63, 0.37)
    axes[1].plot(trace.times, trace.continuous, color=GREY, label="continuous timer")
    axes[1].plot(trace.times, trace.cumulative, color=BLUE, linewidth=2,
                 label="within window_seconds")  # fmt: skip
    axes[1].axhline(10, color=LEVEL_COLOURS[2], linestyle="--")
    axes[1].text(0.05, 10.2, "cumulative.seconds: level 2", fontsize=8)
    note(axes[1], 30.5, 6, "reset_seconds\nwithout evidence")
    axes[1].set_ylabel("seconds")
    axes[1].legend(loc="upper left", fontsize=8, bbox_to_anchor=(0, 0.62))
    return drawn


def speed() -> Figure:
    """A red light, a town, a motorway."""

    def at(t: float) -> Vehicle:
        kmh = 0.0 if t < 20 else 35.0 if t < 42 else 100.0
        return Vehicle(kmh, kmh == 0.0)

    trace = run(
        phone((2, 34), (46, 58)), times(62),
        {"profile": "fleet", "rules": {"cumulative": None}}, vehicle=at,
    )  # fmt: skip
    drawn, axes = figure(2)
    axes[0].plot(trace.times, trace.continuous, color=BLUE, linewidth=2)
    for level, seconds in enumerate((3, 5, 11), 1):
        colour = LEVEL_COLOURS[level]
        axes[0].hlines(seconds, 0, 20, color=colour, linestyle=":" if level > 1 else "--")
        axes[0].hlines(seconds * 1.7, 20, 42, color=colour, linestyle="--")
        axes[0].hlines(seconds, 42, 62, color=colour, linestyle="--")
    bars(axes[0], trace, y=21.5, height=2)
    axes[0].set_ylabel("continuous timer, s")
    axes[0].set_ylim(0, 25)
    axes[1].step(trace.times, [at(t).speed_kmh for t in trace.times], color="black", where="post")
    axes[1].axhline(20, color=GREY, linestyle="--", linewidth=1)
    axes[1].axhline(50, color=GREY, linestyle="--", linewidth=1)
    note(axes[1], 10, 24, "exempt_below_kmh, standstill:\nat most exempt_max_level")
    note(axes[1], 31, 54, "slow_below_kmh:\nlevels take slow_factor times as long")
    note(axes[1], 52, 75, "unknown speed counts as this")
    axes[1].set_ylabel("km/h")
    axes[1].set_ylim(-4, 115)
    return drawn


def availability() -> Figure:
    """Doubt, a hidden driver, pauses and gaps."""

    def scores(t: float) -> list[float]:
        if 6 <= t < 7.5 or 14 <= t < 27:
            return [0.3, 0.34, 0.31, 0.05]
        if 34 <= t < 46:
            return [0.03, 0.02, 0.01, 0.94]
        return phone((2, 10), (13, 20), (49, 52), (55, 63))(t)

    moments = [t for t in times(64) if not (50 <= t < 51.2 or 56 <= t < 60)]
    trace = run(scores, moments, {"profile": "fleet"})
    drawn, axes = figure(1, 3.2)
    draw_scores(axes[0], trace, 0.63, 0.37)
    axes[0].set_ylim(-0.2, 1.5)
    ribbon(axes[0], trace, y=-0.18, height=0.13)
    note(axes[0], 6.8, 1.26, "freeze_seconds:\ntimers stand still")
    note(axes[0], 20.5, 1.26, "uncertain_below,\ndegraded_seconds, clear_seconds")
    note(axes[0], 40, 1.26, "hides_driver,\nno_driver_seconds")
    note(axes[0], 50.4, 1.26, "hold_seconds:\na pause")
    note(axes[0], 58, 1.26, "max_gap_seconds:\na gap")
    return drawn


PICTURES: dict[str, Callable[[], Figure]] = {
    "segments": segments,
    "levels": levels,
    "cumulative": cumulative,
    "speed": speed,
    "availability": availability,
}


def main(folder: Path) -> None:
    for name, draw in PICTURES.items():
        path = folder / f"events_{name}.png"
        draw().savefig(path, dpi=90)
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
