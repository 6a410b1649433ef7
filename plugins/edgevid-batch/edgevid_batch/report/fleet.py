"""Numbers of all drives together, and which of them come first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgevid.timeline import AVAILABILITY_STYLES, order_of

LEVELS = (0, 1, 2, 3)
HOUR_SECONDS = 3600.0

Row = Mapping[str, Any]


@dataclass(frozen=True)
class EventKind:
    """Events of one label."""

    label: str
    group: str
    counts: tuple[int, ...]
    """Events by the highest level that they reached."""

    @property
    def total(self) -> int:
        """Events of all levels."""
        return sum(self.counts)


@dataclass(frozen=True)
class Ranked:
    """A drive, and the events by which it is ranked."""

    row: Row
    counts: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name as in the tables."""
        return str(self.row["drive"])

    @property
    def exposure_seconds(self) -> float:
        """0 if it is unknown."""
        return float(self.row.get("exposure_seconds") or 0.0)


@dataclass(frozen=True)
class Fleet:
    """Everything that was analysed."""

    ranked: Sequence[Ranked]
    """Drives that are done: most events of level 3 first, among equals of level 2, and so on."""
    failed: Sequence[Row]
    kinds: Sequence[EventKind]
    """In the order of the timelines."""
    available: Mapping[str, float]
    """Seconds of each state."""

    @property
    def exposure_seconds(self) -> float:
        """Time in which a prediction was valid."""
        return sum(drive.exposure_seconds for drive in self.ranked)

    @property
    def duration_seconds(self) -> float:
        """Duration of all drives, seconds."""
        return sum(float(drive.row.get("duration_seconds") or 0.0) for drive in self.ranked)

    @property
    def counts(self) -> tuple[int, ...]:
        """Events by level."""
        return tuple(sum(kind.counts[level] for kind in self.kinds) for level in LEVELS)


def fleet_of(drives: Sequence[Row], events: Sequence[Row], availability: Sequence[Row]) -> Fleet:
    """Count what is in the tables."""
    by_label: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    by_drive: dict[str, Counter[int]] = defaultdict(Counter)
    for event in events:
        level = level_of(event)
        by_label[group_of(event), event["label"]][level] += 1
        by_drive[event["drive"]][level] += 1
    available: Counter[str] = Counter(dict.fromkeys(AVAILABILITY_STYLES, 0.0))
    for row in availability:
        available[row["state"]] += row["end_seconds"] - row["start_seconds"]
    ranked = [Ranked(row, _counts(by_drive[row["drive"]])) for row in drives if _is_done(row)]
    ranked.sort(key=lambda d: ([-count for count in reversed(d.counts)], d.name))
    return Fleet(
        ranked=ranked,
        failed=[row for row in drives if not _is_done(row)],
        kinds=[
            EventKind(label, group, _counts(found))
            for (group, label), found in sorted(
                by_label.items(), key=lambda item: (order_of(item[0][0]), item[0][1])
            )
        ],
        available={state: seconds for state, seconds in available.items() if seconds > 0},
    )


def level_of(event: Row) -> int:
    """The highest that it reached."""
    return min(max(int(event["max_level"] or 0), LEVELS[0]), LEVELS[-1])


def group_of(event: Row) -> str:
    """The lane that it is shown in."""
    return str(event["group"] or event["label"])


def per_hour(count: float, seconds: float) -> float | None:
    """A rate; None without any time."""
    return count * HOUR_SECONDS / seconds if seconds > 0 else None


def _is_done(row: Row) -> bool:
    """A drive whose scores cannot be read back has no frames."""
    return row["state"] == "done" and row.get("frames_scored") is not None


def _counts(found: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(found.get(level, 0) for level in LEVELS)
