"""The record of one event, complete in itself. Its schema is docs/event.schema.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta, timezone
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from edgevid.interfaces import RunInfo
from edgevid.strict import StrictModel
from edgevid.types import Event
from edgevid.utc import parse_utc

CUT_OFF = "the run was cut off"
"""Reason of an event that a killed run left open."""


def finite(value: Any) -> Any:
    """The value with None for numbers that are not finite, which JSON lacks; inside it too."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


# A plugin's engine may divide by zero; its event is written all the same.
Number = Annotated[float | None, BeforeValidator(finite)]


class LevelRecord(StrictModel):
    """A change of the event's level."""

    at_seconds: float = Field(description="Time of the change.")
    level: int = Field(description="Level from then on.")
    reason: str = Field(description="Why it changed, for people.")


class LabelRecord(StrictModel):
    """Scores of one class in an event of its group."""

    label: str
    peak_score: Number = Field(description="Highest score of the class.")
    mean_score: Number = Field(description="Mean score of the class.")


class ModelRecord(StrictModel):
    """The model that detected it."""

    name: str
    version: str
    sha256: str | None


class PolicyRecord(StrictModel):
    """The event policy; null where the event engine reports none."""

    name: str | None
    sha256: str | None = Field(description="Hash of all its parameters.")


class EvidenceFiles(StrictModel):
    """Clip and image of the event, written beside its record."""

    clip: str | None = Field(description="Video, relative to the record's folder.")
    heat_map: str | None = Field(
        description="Image at the highest score, with overlays, relative to the record's folder."
    )
    clip_start_seconds: float | None = Field(description="Source time of the clip's first frame.")
    clip_end_seconds: float | None = Field(description="Source time of the clip's last frame.")
    is_cut: bool = Field(
        description="Whether the clip misses part of the event: the event was too long, or the run "
        "ended."
    )


class EventRecord(StrictModel):
    """State of one event when it opens, changes or closes; the state in phase closed is final."""

    schema_version: Literal[1] = 1
    id: str = Field(
        description="Identifier; the same recording, model and policy give the same one."
    )
    drive_id: str = Field(
        description="Name and size in bytes of a file, or URI and trip of a live source."
    )
    trip_id: str | None = Field(description="Run of a live source; null for files.")
    source_id: str = Field(description="Source, without passwords.")
    group: str = Field(description="Group of classes that the policy treats as one.")
    label: str = Field(description="Class of the group with the highest evidence so far.")
    labels: tuple[LabelRecord, ...] = Field(
        description="Classes of the group, highest evidence first."
    )
    phase: Literal["open", "update", "closed"] = Field(description="State of the event.")
    start_seconds: float = Field(description="Start of the evidence on the source's timeline.")
    end_seconds: float = Field(description="Last evidence so far.")
    duration_seconds: float = Field(description="end_seconds - start_seconds.")
    detected_seconds: float | None = Field(description="Time at which it was first reported.")
    start_utc: str | None = Field(
        description="Wall clock at start_seconds, ISO 8601; null if the source has none."
    )
    end_utc: str | None = Field(description="Wall clock at end_seconds.")
    peak_score: Number = Field(
        description="Highest score, the sum over the group's classes, in [0, 1]."
    )
    mean_score: Number = Field(description="Mean score, in [0, 1].")
    level: int = Field(description="Level now.")
    max_level: int = Field(description="Highest level so far.")
    levels: tuple[LevelRecord, ...] = Field(description="All changes of level, in order.")
    reason: str = Field(description="Why it is reported now, for people.")
    notify: bool = Field(description="Whether this report is an alert.")
    speed_min_kmh: Number = Field(description="Lowest vehicle speed; null if unknown.")
    speed_max_kmh: Number = Field(description="Highest vehicle speed; null if unknown.")
    degraded_fraction: Number = Field(
        description="Fraction of its time in which the model was uncertain, in [0, 1]."
    )
    dropped_fraction: Number = Field(
        description="Fraction of its time without any prediction, in [0, 1]."
    )
    trip_flagged: bool = Field(
        description="Whether the trip had reached the policy's limit of serious events."
    )
    model: ModelRecord
    backend: str | None = Field(description="Backend that executed the model when the run began.")
    provider: str | None = Field(description="Execution provider of the backend.")
    policy: PolicyRecord
    evidence: EvidenceFiles | None = Field(
        default=None, description="Null in the output of sinks that write no clips."
    )


class EventSummary(StrictModel):
    """The fields of a closed event that ``run.json`` repeats; see ``EventRecord``."""

    id: str
    group: str
    label: str
    start_seconds: float
    end_seconds: float
    peak_score: Number
    mean_score: Number
    max_level: int
    reason: str


def event_summary(event: Event) -> EventSummary:
    """Build the summary of an event."""
    fields = {name: plain(getattr(event, name)) for name in EventSummary.model_fields}
    return EventSummary(**fields | {"group": plain(event.name)})


def event_record(
    event: Event, session: RunInfo, evidence: EvidenceFiles | None = None
) -> EventRecord:
    """Build the record of an event.

    Depends only on the event, source, model and policy, so that a replay gives the same record.

    Args:
        event: In any phase.
        session: Of the run.
        evidence: Files written for it.
    """
    card, source = session.card, session.source
    fields = plain(asdict(event))
    fields["group"] = plain(event.name)
    return EventRecord(
        **fields,
        drive_id=plain(session.drive_id),
        trip_id=plain(source.trip_id),
        duration_seconds=event.duration_seconds,
        start_utc=utc_at(source.started_utc, event.start_seconds),
        end_utc=utc_at(source.started_utc, event.end_seconds),
        model=ModelRecord(name=card.name, version=card.version, sha256=card.sha256),
        backend=_text(session.runs_on, "backend"),
        provider=_text(session.runs_on, "provider"),
        policy=PolicyRecord(
            name=_text(session.policy, "name"), sha256=_text(session.policy, "sha256")
        ),
        evidence=evidence,
    )


def closed_by_force(record: Mapping[str, Any]) -> dict[str, Any]:
    """The last line of an event whose run was killed: it ends with its last known evidence."""
    return {**record, "phase": "closed", "notify": False, "reason": CUT_OFF}


def utc_at(started_utc: str | None, seconds: float) -> str | None:
    """Wall clock at a moment of the source's timeline; None where it is not known.

    Args:
        started_utc: ISO 8601 at 0 s, as the source says; without an offset it is UTC.
        seconds: On the source's timeline.
    """
    if started_utc is None:
        return None
    try:
        utc = (parse_utc(started_utc) + timedelta(seconds=seconds)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return utc.isoformat(timespec="milliseconds")


def _text(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    return None if value is None else str(plain(str(value)))


def plain(value: Any) -> Any:
    """The value in Python's own types, its text valid UTF-8, which names on disk need not be."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    return value
