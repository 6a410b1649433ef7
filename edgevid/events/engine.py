"""The event engine ``policy``: all layers, for one stream."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edgevid.card import Card
from edgevid.errors import BundleError, ConfigError
from edgevid.events.availability import AvailabilityTracker
from edgevid.events.evidence import Grouping
from edgevid.events.policy import DEFAULT_PROFILE, Policy
from edgevid.events.profiles import is_shipped, load_profile, merge, profile_names
from edgevid.events.track import Gauge, GroupTrack, Tick
from edgevid.events.trip import TripCounter
from edgevid.interfaces import EventEngine
from edgevid.types import Availability, Event, Gap, Prediction, Vehicle


class PolicyEngine(EventEngine):
    """Evidence → filter → segments → timers → levels, group by group, and availability beside it.

    Everything follows from pts: the same predictions give the same events, and so do the same
    scores at another rate, within one sampling period.
    """

    Options = Policy
    options: Policy

    def __init__(self, options: Policy, card: Card) -> None:
        """Create an engine for the card's classes.

        Raises:
            ConfigError: If the policy does not fit the card's classes, or would report nothing.
        """
        super().__init__(options, card)
        self._grouping = Grouping(card, options)
        self._availability = AvailabilityTracker(options.availability)
        # Where a policy came from, and what it says of itself, changes no event.
        decides = options.model_dump_json(exclude={"profile", "description"})
        self._sha256 = hashlib.sha256(decides.encode()).hexdigest()
        two_periods = 2.0 * card.stride_frames / card.input_rate_hz
        self._hold_seconds = max(options.hold_seconds, two_periods)
        # A model that says something every three seconds has no gap between two predictions.
        self._longest_seconds = max(options.max_gap_seconds, two_periods)
        self._source_id = ""
        self.open("")
        top = max((track.top_level for track in self._tracks), default=0)
        if self._tracks and options.report_level > top:
            raise ConfigError(
                f"events: no event would be reported: report_level is {options.report_level}, and "
                f"the highest level that any group can reach is {top}"
            )

    @classmethod
    def options_for(cls, card: Card, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Merge the profile, the card's policy and the configuration.

        The card's policy goes over the profile it builds on, a profile that the configuration
        names goes over the card's policy, and the configuration wins.

        Raises:
            BundleError: If the card wants a profile that does not ship: a bundle opens no file.
        """
        wanted = card.event_policy.get("profile", DEFAULT_PROFILE)
        if not isinstance(wanted, str) or not is_shipped(wanted):
            raise BundleError(
                f"{card.name}: its card's event policy builds on {wanted!r}; accepted are "
                f"{', '.join(profile_names())}"
            )
        profile = options.get("profile")
        known = load_profile(profile) if isinstance(profile, str) else {}
        return merge(merge(card.event_policy, known), options)

    def open(self, drive_id: str) -> None:
        """Start a drive."""
        card = self.card
        identity = f"{card.name}|{card.version}|{card.sha256}|{self._sha256}|{drive_id}"
        self._trip = TripCounter(self.options.trip)
        self._tracks = [
            GroupTrack(group, self.options, self._trip, identity) for group in self._grouping.groups
        ]
        self._restart()

    def _restart(self) -> None:
        self._last_seconds: float | None = None
        self._uncertain_seconds = 0.0

    @property
    def policy(self) -> Mapping[str, Any]:
        """Profile, hash of all parameters, groups, and the lowest level that is reported."""
        return {
            "name": self.options.profile,
            "sha256": self._sha256,
            "groups": {track.group.name: list(track.group.labels) for track in self._tracks},
            "notify_level": self.options.notify_level,
        }

    def gauges(self) -> Mapping[str, Gauge]:
        """Current state of each group."""
        return {track.group.name: track.gauge for track in self._tracks}

    def update(self, prediction: Prediction, vehicle: Vehicle) -> Sequence[Event]:
        """Events that open, change or close at a prediction."""
        now, last = prediction.end_seconds, self._last_seconds
        self._source_id = prediction.source_id
        events: list[Event] = []
        if last is not None and not 0.0 <= now - last <= self._longest_seconds:
            what = "time went back" if now < last else "no predictions"
            events += self.gap(Gap(last, now, what))
            last = None
        since = 0.0 if last is None else now - last
        self._last_seconds = now
        evidence = self._grouping.read(prediction)
        known = min(since, self._hold_seconds)
        hidden = [track for track in self._tracks if track.rules.hides_driver and track.is_on]
        self._availability.update(
            now,
            known,
            is_usable=evidence.is_usable,
            is_uncertain=evidence.is_uncertain,
            is_hidden=bool(hidden),
            source_id=prediction.source_id,
        )
        uncertain = evidence.is_uncertain or not evidence.is_usable
        self._uncertain_seconds = self._uncertain_seconds + known if uncertain else 0.0
        frozen = uncertain and self._uncertain_seconds <= self.options.availability.freeze_seconds
        for track in self._tracks:
            tick = Tick(
                prediction,
                now,
                known,
                since - known,
                vehicle,
                driver_hidden=any(other is not track for other in hidden),
            )
            if uncertain:
                track.pause(tick)
            if not frozen:
                events += track.update(
                    0.0 if uncertain else evidence.scores[track.group.name], tick
                )
        return events

    def gap(self, gap: Gap) -> Sequence[Event]:
        """Close everything if the gap is long; a short one changes nothing."""
        seconds = gap.duration_seconds
        if 0.0 <= seconds <= self.options.max_gap_seconds:
            return ()
        length = f"gap of {seconds:.1f} s: " if seconds > 0 else ""
        self._availability.lose_signal(gap.start_seconds, f"{length}{gap.reason}")
        return self._end(lambda track: track.end(f"{length}{gap.reason}", self._source_id))

    def finish(self, end_seconds: float) -> Sequence[Event]:
        """Close everything: the stream has ended."""
        return self._end(lambda track: track.end("end of the stream", self._source_id))

    def _end(self, end: Callable[[GroupTrack], list[Event]]) -> list[Event]:
        self._restart()
        return [event for track in self._tracks for event in end(track)]

    def take_availability(self) -> Sequence[Availability]:
        """Changes since this was last asked."""
        return self._availability.take()
