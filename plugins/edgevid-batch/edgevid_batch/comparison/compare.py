"""Matches the events of two runs of the same drive one to one, and says how they differ."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from edgevid.records import EventFile
from edgevid.types import Event
from edgevid_batch.comparison.result import (
    Change,
    Counts,
    Difference,
    DriveDifference,
    LevelCounts,
    OneEvent,
    Pair,
    Run,
)

MOVED_SECONDS = 1.0


def compare(
    files: Sequence[tuple[EventFile, EventFile]],
    *,
    min_iou: float = 0.5,
    moved_seconds: float = MOVED_SECONDS,
    missing_in_a: Sequence[str] = (),
    missing_in_b: Sequence[str] = (),
) -> Difference:
    """Compare drives.

    Args:
        files: A and B of each drive.
        min_iou: Two events of a group are the same one if they share this part of their time.
        moved_seconds: A start or an end that moved further counts as moved.
        missing_in_a: Names of drives that only B has.
        missing_in_b: Names of drives that only A has.
    """
    drives = [_drive(a, b, min_iou, moved_seconds) for a, b in files]
    pairs = [pair for drive in drives for pair in drive.pairs]
    groups = _groups(pairs, files)
    hours_a, hours_b = (sum(pair[i].end_seconds for pair in files) / 3600 for i in (0, 1))
    alerts_a = sum(counts.alerts_a for counts in groups.values())
    alerts_b = sum(counts.alerts_b for counts in groups.values())
    return Difference(
        equal=all(pair.changes == ("kept",) for pair in pairs)
        and all(counts.alerts_a == counts.alerts_b for counts in groups.values())
        and not missing_in_a
        and not missing_in_b,
        min_iou=min_iou,
        moved_seconds=moved_seconds,
        drives=tuple(drives),
        groups=groups,
        levels=_levels(pairs),
        hours_a=round(hours_a, 6),
        hours_b=round(hours_b, 6),
        alerts_per_hour_a=round(alerts_a / hours_a, 3) if hours_a > 0 else None,
        alerts_per_hour_b=round(alerts_b / hours_b, 3) if hours_b > 0 else None,
        missing_in_a=tuple(missing_in_a),
        missing_in_b=tuple(missing_in_b),
    )


def _drive(a: EventFile, b: EventFile, min_iou: float, moved_seconds: float) -> DriveDifference:
    sides = _run(a), _run(b)
    differs = [
        what
        for what, field in (
            ("drive", "drive_id"), ("model", "model"), ("policy", "policy"), ("runs_on", "runs_on"),
        )
        if getattr(sides[0], field) != getattr(sides[1], field)
    ]  # fmt: skip
    pairs: list[Pair] = []
    for group in sorted({event.name for event in (*a.events, *b.events)}):
        of_a, of_b = ([e for e in side.events if e.name == group] for side in (a, b))
        pairs += _pairs(group, of_a, of_b, min_iou, moved_seconds)
    pairs.sort(key=lambda pair: (_start(pair), pair.group))
    return DriveDifference(a=sides[0], b=sides[1], differs=tuple(differs), pairs=tuple(pairs))


def _run(file: EventFile) -> Run:
    session = file.session
    model, policy, runs_on = session.model, session.policy, session.runs_on
    return Run(
        path=str(file.path),
        drive_id=session.drive_id,
        model=" ".join(filter(None, (model.name, model.version, _short(model.sha256)))),
        policy=" ".join(filter(None, (policy.name or "unknown", _short(policy.sha256)))),
        runs_on=", ".join(filter(None, (runs_on.backend, runs_on.provider))) or "unknown",
        seconds=file.end_seconds,
        warnings=file.warnings,
    )


def _short(sha256: str | None) -> str:
    return sha256[:8] if sha256 else ""


def _start(pair: Pair) -> float:
    return min(event.start_seconds for event in (pair.a, pair.b) if event is not None)


def iou(a: Event, b: Event) -> float:
    """Shared part of the time that either has; 1 for the same moment."""
    shared = min(a.end_seconds, b.end_seconds) - max(a.start_seconds, b.start_seconds)
    whole = max(a.end_seconds, b.end_seconds) - min(a.start_seconds, b.start_seconds)
    if whole <= 0:
        return 1.0
    return max(shared, 0.0) / whole


def _pairs(
    group: str, of_a: Sequence[Event], of_b: Sequence[Event], min_iou: float, moved_seconds: float
) -> Iterable[Pair]:
    """The best match first, then the best of what is left; both are in the order of start."""
    starts = [b.start_seconds for b in of_b]
    longest = max((b.duration_seconds for b in of_b), default=0.0)
    candidates: list[tuple[float, int, int]] = []
    for i, a in enumerate(of_a):
        first = bisect_left(starts, a.start_seconds - longest)
        for j in range(first, bisect_right(starts, a.end_seconds)):
            shared = iou(a, of_b[j])
            if shared >= min_iou:
                candidates.append((-shared, i, j))
    candidates.sort()
    partner: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for negative, i, j in candidates:
        if i not in partner and j not in taken:
            partner[i] = j, -negative
            taken.add(j)
    for i, a in enumerate(of_a):
        if i not in partner:
            yield Pair(group=group, a=_one(a), b=None, iou=None, changes=("only_in_a",))
            continue
        j, shared = partner[i]
        changes = _changes(a, of_b[j], moved_seconds)
        yield Pair(group=group, a=_one(a), b=_one(of_b[j]), iou=round(shared, 6), changes=changes)
    for j, b in enumerate(of_b):
        if j not in taken:
            yield Pair(group=group, a=None, b=_one(b), iou=None, changes=("only_in_b",))


def _changes(a: Event, b: Event, moved_seconds: float) -> tuple[Change, ...]:
    changes: list[Change] = []
    if a.max_level != b.max_level:
        changes.append("level_raised" if b.max_level > a.max_level else "level_lowered")
    moved = abs(a.start_seconds - b.start_seconds), abs(a.end_seconds - b.end_seconds)
    if max(moved) > moved_seconds:
        changes.append("moved")
    return tuple(changes) or ("kept",)


def _one(event: Event) -> OneEvent:
    return OneEvent(
        id=event.id,
        label=event.label,
        start_seconds=event.start_seconds,
        end_seconds=event.end_seconds,
        max_level=event.max_level,
    )


def _groups(
    pairs: Sequence[Pair], files: Sequence[tuple[EventFile, EventFile]]
) -> dict[str, Counts]:
    counted: dict[str, dict[str, int]] = {}

    def add(group: str, what: str, number: int = 1) -> None:
        counts = counted.setdefault(group, {})
        counts[what] = counts.get(what, 0) + number

    for pair in pairs:
        for side, event in (("a", pair.a), ("b", pair.b)):
            if event is not None:
                add(pair.group, side)
        for change in pair.changes:
            add(pair.group, change)
    for both in files:
        for side, file in zip(("alerts_a", "alerts_b"), both, strict=True):
            for group, number in file.alerts.items():
                add(group, side, number)
    return {group: Counts(**counted[group]) for group in sorted(counted)}


def _levels(pairs: Sequence[Pair]) -> dict[int, LevelCounts]:
    levels = sorted({e.max_level for pair in pairs for e in (pair.a, pair.b) if e is not None})
    return {
        level: LevelCounts(
            a=sum(pair.a is not None and pair.a.max_level == level for pair in pairs),
            b=sum(pair.b is not None and pair.b.max_level == level for pair in pairs),
        )
        for level in levels
    }
