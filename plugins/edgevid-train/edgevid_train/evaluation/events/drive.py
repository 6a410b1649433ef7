"""Holds one drive's result against its truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid_train.evaluation.events.counts import EventCounts, TrueEvent, count
from edgevid_train.evaluation.events.groups import Groups
from edgevid_train.evaluation.events.result import DriveResult, FoundEvent
from edgevid_train.evaluation.events.spans import Span, gaps, joined, shared_with
from edgevid_train.evaluation.events.truth import TrueDrive, TrueSegment


@dataclass(frozen=True, slots=True, eq=False)
class DriveOutcome:
    """Outcome of one drive."""

    name: str
    path: Path
    driver: str
    seconds: float
    """Evaluated duration: its length, less unlabelled parts."""
    length_seconds: float
    truth: tuple[TrueEvent, ...]
    """By group, in order of their starts."""
    events: tuple[FoundEvent, ...]
    """Evaluated events, by start."""
    num_unlabelled: int
    """Events that count for nothing: most of their time is unlabelled."""
    by_group: Mapping[str, EventCounts]
    by_label: Mapping[str, EventCounts]
    state_seconds: Mapping[str, float]
    """Seconds in each state of availability; empty if the engine does not say."""


def outcome_of(drive: TrueDrive, result: DriveResult, groups: Groups) -> DriveOutcome:
    """Count what was found, missed and made up in a drive.

    Where the truth says what is background, time that no segment covers is unlabelled and counts
    for nothing. Otherwise all that is no segment is background.
    """
    length = drive.duration_seconds or max(drive.end_seconds, result.last_seconds)
    has_background_labels = any(s.label == groups.background for s in drive.segments)
    covered = [(s.start_seconds, s.end_seconds) for s in drive.segments]
    unknown = gaps(covered, length) if has_background_labels else []
    # An event without a length is a moment: half of nothing is not more than nothing.
    events = tuple(
        e
        for e in result.events
        if shared_with(e.span, unknown) <= (e.end_seconds - e.start_seconds) / 2
    )
    truth = true_events(drive.segments, groups.of, groups.background)
    by_label = true_events(drive.segments, lambda label: label, groups.background)
    return DriveOutcome(
        name=drive.name,
        path=drive.file,
        driver=drive.driver,
        seconds=length - sum(end - start for start, end in unknown),
        length_seconds=length,
        truth=truth,
        events=events,
        num_unlabelled=len(result.events) - len(events),
        by_group=_counted(truth, events, lambda e: e.group),
        by_label=_counted(by_label, events, lambda e: e.label),
        state_seconds=_state_seconds(result.availability, length),
    )


def true_events(
    segments: Sequence[TrueSegment], name_of: Callable[[str], str], background: str
) -> tuple[TrueEvent, ...]:
    """Segments of one name that touch or overlap are one event; the background is none."""
    named: dict[str, list[TrueSegment]] = {}
    for segment in segments:
        if segment.label != background:
            named.setdefault(name_of(segment.label), []).append(segment)
    found = [
        TrueEvent(name, *span, _onset(span, parts))
        for name, parts in named.items()
        for span in joined((s.start_seconds, s.end_seconds) for s in parts)
    ]
    return tuple(sorted(found, key=lambda t: (t.span, t.name)))


def _onset(span: Span, parts: Sequence[TrueSegment]) -> float:
    within = [s for s in parts if span[0] <= s.start_seconds < span[1]]
    first = min(within, key=lambda s: s.start_seconds)
    return first.start_seconds if first.hold_seconds is None else first.hold_seconds


def _counted(
    truth: Sequence[TrueEvent],
    events: Sequence[FoundEvent],
    name_of: Callable[[FoundEvent], str],
) -> dict[str, EventCounts]:
    names = sorted({t.name for t in truth} | {name_of(e) for e in events})
    return {
        name: count([t for t in truth if t.name == name], [e for e in events if name_of(e) == name])
        for name in names
    }


def _state_seconds(changes: Sequence[tuple[str, float]], length_seconds: float) -> dict[str, float]:
    if not changes:
        return {}
    seconds: dict[str, float] = {}
    if changes[0][1] > 0:
        seconds["unknown"] = min(changes[0][1], length_seconds)
    ends = [start for _, start in changes[1:]] + [length_seconds]
    for (state, start), end in zip(changes, ends, strict=True):
        seconds[state] = seconds.get(state, 0.0) + max(0.0, min(end, length_seconds) - start)
    return seconds


def state_at(changes: Sequence[tuple[str, float]], span: Span) -> dict[str, float]:
    """Seconds of an interval in each state of availability."""
    ends = [start for _, start in changes[1:]] + [max(span[1], changes[-1][1])] if changes else []
    found: dict[str, float] = {}
    for (state, start), end in zip(changes, ends, strict=True):
        shared = max(0.0, min(end, span[1]) - max(start, span[0]))
        found[state] = found.get(state, 0.0) + shared
    return found
