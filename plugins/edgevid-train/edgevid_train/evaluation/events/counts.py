"""Counts of true and found events in a drive, for one group or label; they add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edgevid_train.evaluation.events.matching import IOUS, match, overlap_scores
from edgevid_train.evaluation.events.result import FoundEvent
from edgevid_train.evaluation.events.spans import Span, shared_seconds

STRICT_IOU = 0.3
"""The stricter false alert: one that is no match at this IoU."""


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """A true event: one interval of one group."""

    name: str
    """The group, or the label where labels are counted."""
    start_seconds: float
    end_seconds: float
    onset_seconds: float
    """Start of its hold phase; its own start where the truth has no phases."""

    @property
    def span(self) -> Span:
        """Interval of the event."""
        return self.start_seconds, self.end_seconds


@dataclass(slots=True)
class EventCounts:
    """Counts."""

    num_truth: int = 0
    num_events: int = 0
    matched: Counter[float] = field(default_factory=Counter)
    """IoU threshold → pairs."""
    overlap_sum: float = 0.0
    overlap_count: int = 0
    detected: int = 0
    """True events that any found event overlaps."""
    delays: list[float] = field(default_factory=list)
    """Seconds from onset to detection, of detected true events whose detection has a time."""
    alerts: Counter[int] = field(default_factory=Counter)
    """Level → events that reached exactly this level at most."""
    false: Counter[int] = field(default_factory=Counter)
    """The same of events that overlap no true one."""
    strict: Counter[int] = field(default_factory=Counter)
    """The same of events that are no match at the stricter IoU."""

    def add(self, other: EventCounts) -> None:
        """Add the counts of another drive."""
        self.num_truth += other.num_truth
        self.num_events += other.num_events
        self.matched.update(other.matched)
        self.overlap_sum += other.overlap_sum
        self.overlap_count += other.overlap_count
        self.detected += other.detected
        self.delays += other.delays
        self.alerts.update(other.alerts)
        self.false.update(other.false)
        self.strict.update(other.strict)


def total(all_counts: Iterable[EventCounts]) -> EventCounts:
    """Sum of the counts of several drives."""
    whole = EventCounts()
    for counts in all_counts:
        whole.add(counts)
    return whole


def reaching(counts: Counter[int], level: int) -> int:
    """Events that reached at least a level."""
    return sum(count for reached, count in counts.items() if reached >= level)


def count(truth: Sequence[TrueEvent], found: Sequence[FoundEvent]) -> EventCounts:
    """Count one group or label in one drive; both in order of their starts."""
    true_spans, found_spans = [t.span for t in truth], [f.span for f in found]
    scores = overlap_scores(true_spans, found_spans)
    matches = {at: match(true_spans, found_spans, at) for at in {*IOUS, STRICT_IOU}}
    strictly = {index for _, index in matches[STRICT_IOU]}
    counts = EventCounts(
        num_truth=len(truth),
        num_events=len(found),
        matched=Counter({at: len(matches[at]) for at in IOUS}),
        overlap_sum=sum(scores),
        overlap_count=len(scores),
    )
    for index, event in enumerate(found):
        level = event.max_level
        counts.alerts[level] += 1
        counts.false[level] += not any(shared_seconds(event.span, span) for span in true_spans)
        counts.strict[level] += index not in strictly
    for true in truth:
        overlapping = [event for event in found if shared_seconds(true.span, event.span) > 0]
        counts.detected += bool(overlapping)
        known = [e.detected_seconds for e in overlapping if e.detected_seconds is not None]
        if known:
            # What was detected before it began was something else until then.
            counts.delays.append(max(min(known), true.start_seconds) - true.onset_seconds)
    return counts
