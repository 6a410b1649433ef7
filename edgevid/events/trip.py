"""Counts what a whole trip had at the highest level."""

from __future__ import annotations

from edgevid.events.policy import TripRules


class TripCounter:
    """Flags a trip with too many events at the top level, or too much time there."""

    def __init__(self, rules: TripRules) -> None:
        """Start with nothing."""
        self._rules = rules
        self.num_events = 0
        self.seconds = 0.0

    def add_event(self) -> None:
        """Count an event that reached its top level."""
        self.num_events += 1

    def add_seconds(self, dt_seconds: float) -> None:
        """Add time at the top level."""
        self.seconds += dt_seconds

    @property
    def is_flagged(self) -> bool:
        """Whether a limit is reached."""
        rules = self._rules
        return self.num_events >= rules.top_level_events or self.seconds >= rules.top_level_seconds
