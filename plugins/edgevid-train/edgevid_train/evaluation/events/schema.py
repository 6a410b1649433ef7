"""Report of an event evaluation: enough to store, compare and draw it later."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from edgevid.strict import StrictModel


class Bounds(StrictModel):
    """A 95 % interval."""

    low: float
    high: float


class AtIou(StrictModel):
    """Matches at one threshold of temporal IoU; null where there is nothing to divide by."""

    iou: float
    matched: int
    precision: float | None
    recall: float | None
    f1: float | None


class AlertRate(StrictModel):
    """Events that reached a level, and the false ones among them."""

    level: int
    alerts: int
    false: int = Field(description="Overlap no true event of their group.")
    false_per_hour: float | None
    strict: int = Field(description="Are no match at IoU 0.3: fragments and bad times, too.")
    strict_per_hour: float | None


class Delay(StrictModel):
    """Seconds from the onset of the hold phase (or the start) to detection."""

    count: int
    median: float | None
    p95: float | None


class EventScores(StrictModel):
    """Scores of the events of some groups, labels or drivers."""

    num_truth: int
    num_events: int
    at: tuple[AtIou, ...]
    mean_overlap: float | None = Field(description="mOS of AI City Challenge, Track 3.")
    detected: float | None = Field(description="Share of true events that any event overlaps.")
    delay: Delay
    alerts: tuple[AlertRate, ...]


class NamedScores(StrictModel):
    """The scores of one group, label or driver."""

    name: str
    hours: float
    scores: EventScores


class Mistake(StrictModel):
    """A found event without a match at IoU 0.5, or a true one."""

    drive: str
    driver: str
    kind: Literal["found", "missed"]
    group: str
    label: str | None
    start_seconds: float
    end_seconds: float
    level: int | None = Field(description="Highest level of the found event.")
    cause: str = Field(description="One of those that docs/evaluation.md explains.")
    other: str | None = Field(description="What was going on, or what it was taken for.")


class MistakeCount(StrictModel):
    """Number of mistakes by one cause in one group."""

    kind: Literal["found", "missed"]
    group: str
    cause: str
    other: str | None
    count: int
    at_level_2: int = Field(description="Found events that reached level 2.")


class TimedEvent(StrictModel):
    """A bar of the timeline."""

    group: str
    start_seconds: float
    end_seconds: float
    level: int = 0
    false: bool = Field(default=False, description="Overlaps no true event of its group.")


class DriveRow(StrictModel):
    """One drive of the timeline."""

    name: str
    driver: str
    seconds: float
    truth: tuple[TimedEvent, ...]
    events: tuple[TimedEvent, ...]


class CurvePoint(StrictModel):
    """The policy at one threshold."""

    enter: float
    exit: float
    is_own: bool = Field(description="The policy's own threshold.")
    recall: float | None = Field(description="At IoU 0.5.")
    precision: float | None
    f1: float | None
    detected: float | None
    false_per_hour: float | None = Field(description="Level 2 or higher.")
    false_per_hour_any: float | None = Field(description="False alerts per hour, at any level.")
    delay_median: float | None


class ModelPart(StrictModel):
    """Model of an evaluation."""

    name: str
    version: str
    sha256: str | None
    runs_on: dict[str, Any]


class EventsReport(StrictModel):
    """Result of evaluating events on whole drives."""

    events_report_version: Literal[1] = 1
    model: ModelPart
    policy: dict[str, Any] = Field(description="Policy, as the event engine reports it.")
    groups: dict[str, tuple[str, ...]]
    background: str
    num_drives: int
    num_drivers: int
    hours: float
    background_share: float = Field(description="Share of the hours without any true event.")
    num_unlabelled: int = Field(description="Events left out: most of their time is unlabelled.")
    overall: EventScores = Field(description="Over events of all groups.")
    intervals: dict[str, Bounds] = Field(
        description="95 % intervals of overall numbers: f1@0.5, false_per_hour@2, …"
    )
    interval_over: Literal["drivers", "drives"] = Field(
        description="Unit of the bootstrap: whole drivers if there are at least five."
    )
    per_group: tuple[NamedScores, ...]
    per_label: tuple[NamedScores, ...] = Field(description="By the event's strongest label.")
    per_driver: tuple[NamedScores, ...]
    availability_seconds: dict[str, float] = Field(
        description="Seconds in each state; empty if the engine reports none."
    )
    available: float | None = Field(description="Share of the time that was ok.")
    mistake_counts: tuple[MistakeCount, ...]
    mistakes: tuple[Mistake, ...]
    drives: tuple[DriveRow, ...]
    curve: tuple[CurvePoint, ...] = Field(default=(), description="Empty unless --curve.")
    warnings: tuple[str, ...] = ()
