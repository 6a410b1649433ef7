"""Counts of one run, collected while it goes on; ``RunResult`` is made from them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from edgevid.pipeline.result import LONGEST_LIST, BackendFailure, LabelSummary
from edgevid.records import AvailabilityRecord, EventSummary, GapRecord, event_summary
from edgevid.types import Availability, Event, Gap


class RunTotals:
    """Events, gaps, warnings and errors of a run, while it goes on."""

    def __init__(self) -> None:
        """Start empty."""
        self.labels: dict[str, LabelSummary] = {}
        self.recent: deque[EventSummary] = deque(maxlen=LONGEST_LIST)
        self.gaps: deque[GapRecord] = deque(maxlen=LONGEST_LIST)
        self.num_gaps = 0
        self.trip_flagged = False
        self.availability: deque[AvailabilityRecord] = deque(maxlen=LONGEST_LIST)
        self._state: Availability | None = None
        self._in_state: dict[str, float] = {}
        self.backend_failures: list[BackendFailure] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    @property
    def num_events(self) -> int:
        """Closed events so far."""
        return sum(label.count for label in self.labels.values())

    def event(self, event: Event) -> None:
        """Count an event when it closes."""
        self.trip_flagged |= event.trip_flagged
        if event.phase != "closed":
            return
        old = self.labels.get(event.name, LabelSummary(count=0, seconds=0.0))
        level = event.max_level
        self.labels[event.name] = LabelSummary(
            count=old.count + 1,
            seconds=round(old.seconds + event.duration_seconds, 6),
            by_level=dict(sorted({**old.by_level, level: old.by_level.get(level, 0) + 1}.items())),
        )
        self.recent.append(event_summary(event))

    def available(self, change: Availability) -> None:
        """Note a change of availability."""
        self._leave_state(change.start_seconds)
        self._state = change
        self.availability.append(AvailabilityRecord.model_validate(change))

    def availability_seconds(self, until_seconds: float) -> dict[str, float]:
        """Seconds in each state up to a time."""
        self._leave_state(until_seconds)
        return {state: round(seconds, 6) for state, seconds in self._in_state.items()}

    def _leave_state(self, now_seconds: float) -> None:
        if self._state is not None and now_seconds > self._state.start_seconds:
            state = self._state.state
            seconds = now_seconds - self._state.start_seconds
            self._in_state[state] = self._in_state.get(state, 0.0) + seconds
            self._state = replace(self._state, start_seconds=now_seconds)

    def gap(self, gap: Gap) -> None:
        """Count a gap."""
        self.num_gaps += 1
        self.gaps.append(GapRecord.model_validate(gap))
