"""One group through all layers: its segments, its level, and what is reported of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from edgevid.events.escalation import Escalator
from edgevid.events.evidence import Group
from edgevid.events.policy import Policy
from edgevid.events.segmenter import LabelSegment, Segmenter
from edgevid.events.trip import TripCounter
from edgevid.types import Event, LabelScore, LevelChange, Prediction, Vehicle

_ROUNDING_SECONDS = 1e-6
_INHERITED = "not recovered yet"


@dataclass(frozen=True, slots=True)
class Tick:
    """One prediction and the time that it stands for."""

    prediction: Prediction
    now_seconds: float
    dt_seconds: float
    """Time by which timers advance, that the prediction stands for."""
    lost_seconds: float
    """Time that no prediction stands for."""
    vehicle: Vehicle
    driver_hidden: bool
    """Whether another group says that the driver cannot be seen."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """State of one group, for displays and explanations."""

    filtered: float
    is_on: bool
    continuous_seconds: float
    cumulative_seconds: float
    level: int


@dataclass(slots=True)
class _Running:
    """An event that is being collected, reported or not."""

    id: str
    detected_seconds: float
    segment: LabelSegment
    level: int = 0
    levels: list[LevelChange] = field(default_factory=list)
    max_level: int = 0
    is_reported: bool = False
    at_top: bool = False


@dataclass(slots=True)
class _Collected:
    """Data collected with the current segment, from its first evidence on."""

    sums: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    uncertain_seconds: float = 0.0
    lost_seconds: float = 0.0
    waiting_uncertain_seconds: float = 0.0
    """Since the last evidence: part of the event only if more of that comes."""
    waiting_lost_seconds: float = 0.0
    speeds: tuple[float, float] | None = None


class GroupTrack:
    """Follows one group."""

    def __init__(self, group: Group, policy: Policy, trip: TripCounter, identity: str) -> None:
        """Start with nothing; ``identity`` is what events rest on, apart from group and time."""
        self.group = group
        self.rules = policy.rules_of(group.name)
        self._policy = policy
        self._trip = trip
        self._identity = identity
        self._segmenter = Segmenter(self.rules)
        self._escalator = Escalator(policy, self.rules)
        self._running: _Running | None = None
        self._collected = _Collected()
        # Level and time of the last notification, and the last rise: both outlive events.
        self._last_alert: tuple[int, float] | None = None
        self._rise: LevelChange | None = None
        self._key = (0, -math.inf)

    @property
    def is_on(self) -> bool:
        """Whether there is evidence of it now."""
        return self._segmenter.is_on

    @property
    def top_level(self) -> int:
        """The highest level that it can reach."""
        return self._escalator.top_level

    @property
    def gauge(self) -> Gauge:
        """Current state."""
        escalator = self._escalator
        return Gauge(
            self._segmenter.value,
            self._segmenter.is_on,
            escalator.continuous_seconds,
            escalator.cumulative_seconds,
            escalator.level,
        )

    def pause(self, tick: Tick) -> None:
        """Pause the timers: the model is uncertain."""
        if self._segmenter.is_busy:
            self._collected.waiting_uncertain_seconds += tick.dt_seconds

    def update(self, score: float, tick: Tick) -> list[Event]:
        """Take the score of the group."""
        if not self._segmenter.is_busy:
            self._collected = _Collected()
        else:
            self._collected.waiting_lost_seconds += tick.lost_seconds
        if self._running is None and self._escalator.level == 0:
            # After recovery, alerts start over.
            self._last_alert = None
        before_level = self._escalator.level
        change = self._segmenter.update(score, tick.now_seconds, tick.dt_seconds)
        before = self._collected
        if change.closed is not None:
            self._collected = _Collected()
        if change.is_evident:
            self._collect(tick)
        events = []
        if change.closed is not None:
            reason = f"no evidence for {self.rules.min_off_seconds:g} s"
            if change.is_evident:
                reason = f"longer than {self.rules.max_seconds:g} s"
            events += self._close(reason, tick.prediction.source_id, before)
        level = self._escalator.update(
            change.evident_seconds,
            0.0 if change.is_evident else tick.dt_seconds,
            tick.now_seconds,
            tick.vehicle,
            recovers=not (change.is_evident or self.is_on or tick.driver_hidden),
        )
        if level is not None and level.level > before_level:
            self._rise = level
        if change.opened is not None:
            self._open(change.opened, tick)
            level = self._level_at_start(change.opened, tick.now_seconds)
        return events + self._report(level, tick, is_evident=change.is_evident)

    def end(self, reason: str, source_id: str) -> list[Event]:
        """Close what is open and forget everything: the stream ended or starts anew."""
        events = self._close(reason, source_id, self._collected)
        self._segmenter.reset()
        self._escalator.reset()
        self._collected = _Collected()
        self._last_alert = self._rise = None
        return events

    def _collect(self, tick: Tick) -> None:
        collected = self._collected
        for label, index in zip(self.group.labels, self.group.indices, strict=True):
            score = min(max(float(tick.prediction.scores[index]), 0.0), 1.0)
            collected.sums[label] = collected.sums.get(label, 0.0) + score
            collected.peaks[label] = max(collected.peaks.get(label, 0.0), score)
        collected.uncertain_seconds += collected.waiting_uncertain_seconds
        collected.lost_seconds += collected.waiting_lost_seconds
        collected.waiting_uncertain_seconds = collected.waiting_lost_seconds = 0.0
        if (speed := tick.vehicle.speed_kmh) is not None:
            low, high = collected.speeds or (speed, speed)
            collected.speeds = min(low, speed), max(high, speed)

    def _open(self, segment: LabelSegment, tick: Tick) -> None:
        start = f"{segment.start_seconds:.3f}"
        # Where time went back, the same start may come again.
        num_back, latest = self._key
        num_back += float(start) <= latest
        self._key = num_back, float(start)
        key = f"{self._identity}|{self.group.name}|{start}" + (f"|{num_back}" if num_back else "")
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._running = _Running(name, tick.now_seconds, segment)

    def _level_at_start(self, segment: LabelSegment, now_seconds: float) -> LevelChange | None:
        level, rise = self._escalator.level, self._rise
        if not level:
            return None
        is_own = rise is not None and rise.at_seconds >= segment.start_seconds
        return LevelChange(now_seconds, level, rise.reason if rise and is_own else _INHERITED)

    def _report(self, level: LevelChange | None, tick: Tick, *, is_evident: bool) -> list[Event]:
        running = self._running
        if running is None:
            return []
        rises = level is not None and self._take_level(running, level)
        reason = level.reason if level is not None else None
        top = self._escalator.top_level
        if is_evident and top and running.level >= top:
            self._trip.add_seconds(tick.dt_seconds)
        if not running.is_reported and running.max_level < self._policy.report_level:
            return []
        phase = "update" if running.is_reported else "open"
        if not running.is_reported:
            running.is_reported, running.detected_seconds = True, tick.now_seconds
            reason = reason or (
                f"score above {self.rules.enter:g} for {self.rules.min_on_seconds:g} s"
            )
        notify = self._should_alert(
            running.level, tick.now_seconds, rises=rises, continues=is_evident
        )
        if notify:
            self._last_alert = running.level, tick.now_seconds
            reason = reason or f"still level {running.level}"
        if reason is None:
            return []
        return [self._event(running, phase, reason, tick.prediction.source_id, notify=notify)]

    def _take_level(self, running: _Running, change: LevelChange) -> bool:
        """Note a change; says whether it is a rise."""
        rises = change.level > running.level
        running.level = change.level
        running.levels.append(change)
        running.max_level = max(running.max_level, change.level)
        top = self._escalator.top_level
        # Who has not recovered yet has not reached it once more.
        if rises and change.level >= top and change.reason != _INHERITED and not running.at_top:
            running.at_top = True
            self._trip.add_event()
        return rises

    def _should_alert(
        self, level: int, now_seconds: float, *, rises: bool, continues: bool
    ) -> bool:
        """Whether to alert: a higher level than the last alert's, or a repeat after a while."""
        least = self._policy.notify_level
        if least is None or level < least or not (rises or continues):
            return False
        if self._last_alert is None:
            return True
        alerted_level, alerted_seconds = self._last_alert
        passed = now_seconds - alerted_seconds
        return (rises and level > alerted_level) or (
            passed >= self._policy.renotify_seconds - _ROUNDING_SECONDS
        )

    def _close(self, reason: str, source_id: str, collected: _Collected) -> list[Event]:
        running, self._running = self._running, None
        if running is None or not running.is_reported:
            return []
        return [self._event(running, "closed", reason, source_id, collected=collected)]

    def _event(
        self,
        running: _Running,
        phase: str,
        reason: str,
        source_id: str,
        *,
        notify: bool = False,
        collected: _Collected | None = None,
    ) -> Event:
        collected, segment = collected or self._collected, running.segment
        duration = segment.last_seconds - segment.start_seconds
        labels = _label_scores(collected, segment.num_scores)
        return Event(
            id=running.id,
            label=labels[0].label if labels else self.group.labels[0],
            group=self.group.name,
            start_seconds=segment.start_seconds,
            end_seconds=segment.last_seconds,
            phase=phase,  # type: ignore[arg-type]  # one of the three
            peak_score=segment.peak,
            mean_score=segment.mean,
            reason=reason,
            source_id=source_id,
            level=running.level,
            max_level=running.max_level,
            notify=notify,
            levels=tuple(running.levels),
            labels=labels,
            detected_seconds=running.detected_seconds,
            speed_min_kmh=collected.speeds[0] if collected.speeds else None,
            speed_max_kmh=collected.speeds[1] if collected.speeds else None,
            degraded_fraction=_part(collected.uncertain_seconds, duration),
            dropped_fraction=_part(collected.lost_seconds, duration),
            trip_flagged=self._trip.is_flagged,
        )


def _label_scores(collected: _Collected, count: int) -> tuple[LabelScore, ...]:
    ranked: Sequence[str] = sorted(
        collected.sums, key=lambda label: (-collected.sums[label], label)
    )
    return tuple(
        LabelScore(label, collected.peaks[label], collected.sums[label] / max(1, count))
        for label in ranked
    )


def _part(seconds: float, duration_seconds: float) -> float:
    if duration_seconds <= 0:
        return 0.0
    return round(min(1.0, seconds / duration_seconds), 6)
