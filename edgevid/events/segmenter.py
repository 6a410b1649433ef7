"""Segments the evidence of one group: least times on and off, start and end at the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid.events.filter import BandFilter
from edgevid.events.policy import Rules

_ROUNDING_SECONDS = 1e-6
_TIME_CONSTANTS = 3.0
"""Time constants that the filter may need to follow: 95 % of a step."""


@dataclass(slots=True)
class LabelSegment:
    """A growing interval of evidence."""

    start_seconds: float
    last_seconds: float
    """Time of the last evidence."""
    peak: float
    score_sum: float = 0.0
    num_scores: int = 0
    is_open: bool = False
    """Whether it has lasted for the least time on."""

    @property
    def mean(self) -> float:
        """Mean score over the evidence."""
        return self.score_sum / self.num_scores


@dataclass(frozen=True, slots=True)
class Change:
    """Effect of one score on the segments."""

    closed: LabelSegment | None = None
    opened: LabelSegment | None = None
    is_evident: bool = False
    """Whether it is evidence of something that is going on."""
    evident_seconds: float = 0.0
    """Evidence to count now: of this score, and of those before that led to it."""


class _Rise:
    """Evidence that the filter has not followed yet: where it began, and how long it has been.

    What the filter cannot have waited for is no part of it: scores between the bands that went on
    longer than its time constant, and what is more than a few time constants old.
    """

    def __init__(self, rules: Rules) -> None:
        """Start with none."""
        self._rules = rules
        self._longest_seconds = _TIME_CONSTANTS * rules.tau_seconds
        self.forget()

    def forget(self) -> None:
        """There is none."""
        self._since: float | None = None
        self._seconds = 0.0
        self._between_seconds = 0.0

    def update(self, score: float, now_seconds: float, dt_seconds: float) -> None:
        """Take a score that stands for the last ``dt_seconds``."""
        if score < self._rules.exit:
            self.forget()
        elif self._since is None:
            # The first score stands for the moment it came at, not for the time before.
            self._since = now_seconds
        else:
            self._seconds += dt_seconds
            is_between = score < self._rules.enter
            self._between_seconds = self._between_seconds + dt_seconds if is_between else 0.0
            if self._between_seconds > self._rules.tau_seconds + _ROUNDING_SECONDS:
                self._since, self._seconds = now_seconds, 0.0

    @property
    def is_running(self) -> bool:
        """Whether there is any."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """Duration so far, seconds."""
        return min(self._seconds, self._longest_seconds)

    def start_seconds(self, now_seconds: float) -> float:
        """Start, seconds."""
        since = now_seconds if self._since is None else self._since
        return max(since, now_seconds - self._longest_seconds)


class Segmenter:
    """Turns the scores of one group into segments."""

    def __init__(self, rules: Rules) -> None:
        """Start with no evidence."""
        self._rules = rules
        self.reset()

    def reset(self) -> None:
        """Forget scores and the segment in hand."""
        self._filter = BandFilter(self._rules.tau_seconds, self._rules.enter, self._rules.exit)
        self._rise = _Rise(self._rules)
        self._quiet_seconds = 0.0
        self.segment: LabelSegment | None = None

    @property
    def value(self) -> float:
        """The filtered score."""
        return self._filter.value

    @property
    def is_on(self) -> bool:
        """Whether the filtered score lies in the band."""
        return self._filter.is_on

    @property
    def is_busy(self) -> bool:
        """Whether a segment is in hand, or may come of the evidence there is."""
        return self.segment is not None or self._rise.is_running

    def update(self, score: float, now_seconds: float, dt_seconds: float) -> Change:
        """Take a score that stands for the last ``dt_seconds``."""
        evident = score >= self._rules.exit
        was_on = self._filter.is_on
        if not was_on:
            self._rise.update(score, now_seconds, dt_seconds)
        is_on = self._filter.update(score, dt_seconds)
        if was_on and not is_on:
            self._rise.forget()
        self._quiet_seconds += 0.0 if is_on and evident else dt_seconds
        closed = self._close_if_quiet()
        if is_on and evident:
            since = dt_seconds if was_on else self._rise.seconds
            self._quiet_seconds = 0.0
            closed = closed or self._close_if_long(now_seconds)
            start = now_seconds if was_on else self._rise.start_seconds(now_seconds)
            opened = self._extend(score, start, now_seconds)
            return Change(closed, opened, True, since)
        if was_on and not is_on and self.segment is not None and not self.segment.is_open:
            # Evidence has to last without a break before it counts: flickers do not add up.
            self.segment = None
        return Change(closed)

    def _extend(
        self, score: float, start_seconds: float, now_seconds: float
    ) -> LabelSegment | None:
        segment = self.segment
        if segment is None:
            segment = self.segment = LabelSegment(start_seconds, now_seconds, score)
        segment.last_seconds = now_seconds
        segment.peak = max(segment.peak, score)
        segment.score_sum += score
        segment.num_scores += 1
        lasted = segment.last_seconds - segment.start_seconds
        if segment.is_open or lasted < self._rules.min_on_seconds - _ROUNDING_SECONDS:
            return None
        segment.is_open = True
        return segment

    def _close_if_quiet(self) -> LabelSegment | None:
        if self.segment is None or self._filter.is_on:
            return None
        quiet, least = self._quiet_seconds, self._rules.min_off_seconds - _ROUNDING_SECONDS
        # Evidence that is back needs the filter's time to show: it may still merge.
        if quiet - min(self._rise.seconds, least) < least:
            return None
        return self._close()

    def _close_if_long(self, now_seconds: float) -> LabelSegment | None:
        longest, segment = self._rules.max_seconds, self.segment
        if longest is None or segment is None or now_seconds - segment.start_seconds <= longest:
            return None
        return self._close()

    def _close(self) -> LabelSegment | None:
        segment, self.segment = self.segment, None
        return segment if segment is not None and segment.is_open else None
