"""Contents of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgevid.types import Availability, Event, Gap, LevelChange

FORMATS = ("png", "svg")
"""Output formats; also the suffixes of files."""


@dataclass(frozen=True, slots=True)
class EventBar:
    """One event."""

    group: str
    start_seconds: float
    end_seconds: float
    label: str = ""
    levels: tuple[LevelChange, ...] = ()
    """Every change of level, in order; it begins at level 0."""
    is_open: bool = False

    @classmethod
    def of(cls, event: Event) -> EventBar:
        """An event as it is known now."""
        return cls(
            event.name,
            event.start_seconds,
            event.end_seconds,
            event.label,
            event.levels,
            event.is_open,
        )


@dataclass(frozen=True, slots=True)
class StateBar:
    """A time in which the runtime could, or could not, say what the driver did."""

    state: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One run; several of the same drive stand below each other in every lane."""

    name: str
    """Short; not shown if there is only one row."""
    bars: Sequence[EventBar] = ()
    states: Sequence[StateBar] = ()
    gaps: Sequence[Gap] = ()
    start_seconds: float = 0.0
    end_seconds: float = 0.0
    """End of the analysed part; events may reach further."""

    @property
    def span(self) -> tuple[float, float]:
        """From the first to the last thing in it."""
        times = [(s.start_seconds, s.end_seconds) for s in self.bars]
        times += [(g.start_seconds, g.end_seconds) for g in self.gaps]
        times += [(s.start_seconds, s.end_seconds) for s in self.states]
        times.append((self.start_seconds, self.end_seconds))
        return min(start for start, _ in times), max(end for _, end in times)


def state_bars(changes: Sequence[Availability], end_seconds: float) -> list[StateBar]:
    """From each change to the next one, the last up to the end."""
    ends = [change.start_seconds for change in changes[1:]]
    ends += [max(end_seconds, change.start_seconds) for change in changes[-1:]]
    return [
        StateBar(change.state, change.start_seconds, end)
        for change, end in zip(changes, ends, strict=True)
    ]
