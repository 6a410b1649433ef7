"""One event, self-contained: what sinks write of it. Its schema is docs/event.schema.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta, timezone
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from edgevid.interfaces import RunInfo
from edgevid.types import Event
from edgevid.utc import parse_utc

CUT_OFF = "the run was cut off"
"""Reason of an event that a killed run left open."""


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


# A plugin's engine may divide by zero; its event is written all the same.
Number = Annotated[float | None, BeforeValidator(_finite)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelRecord(_Part):
    """A moment in which the event became more or less serious."""

    at_seconds: float
    level: int = Field(description="From then on.")
    reason: str


class LabelRecord(_Part):
    """The part of one class in an event of its group."""

    label: str
    peak_score: Number
    mean_score: Number


class ModelRecord(_Part):
    """Which model saw it."""

    name: str
    version: str
    sha256: str | None


class PolicyRecord(_Part):
    """Which policy decided; null if the event engine does not say."""

    name: str | None
    sha256: str | None = Field(description="Of all its parameters.")


class Evidence(_Part):
    """Files beside the record."""

    clip: str | None = Field(description="Video, relative to the record's folder.")
    heat_map: str | None = Field(
        description="Picture at the highest score, with overlays; relative to the same folder."
    )
    clip_start_seconds: float | None = Field(description="Source time of the clip's first picture.")
    clip_end_seconds: float | None = Field(description="Source time of its last picture.")
    is_cut: bool = Field(
        description="Whether the clip lacks a part of the event: it was too long, or the run ended."
    )


class EventRecord(_Part):
    """One event as it was known at one moment. The line of its last phase, closed, is final."""

    schema_version: Literal[1] = 1
    id: str = Field(description="The same drive, model and policy give the same id.")
    drive_id: str = Field(description="A file's name and size in bytes, or a source and its trip.")
    trip_id: str | None
    source_id: str
    group: str = Field(description="Classes that the policy treats as one.")
    label: str = Field(description="The class of the group with the most evidence so far.")
    labels: tuple[LabelRecord, ...] = Field(description="Most evidence first.")
    phase: Literal["open", "update", "closed"]
    start_seconds: float = Field(description="Of the evidence, on the source's own timeline.")
    end_seconds: float = Field(description="Last evidence so far.")
    duration_seconds: float
    detected_seconds: float | None = Field(description="When it became known.")
    start_utc: str | None = Field(description="ISO 8601; null if the source does not tell.")
    end_utc: str | None
    peak_score: Number = Field(description="Sum over the group's classes.")
    mean_score: Number
    level: int
    max_level: int
    levels: tuple[LevelRecord, ...] = Field(description="Every change of level, in order.")
    reason: str = Field(description="Why it is reported now.")
    notify: bool = Field(description="Whether somebody should be told now.")
    speed_min_kmh: Number
    speed_max_kmh: Number
    degraded_fraction: Number = Field(description="Part in which the model was uncertain.")
    dropped_fraction: Number = Field(description="Part that no prediction covers.")
    trip_flagged: bool
    model: ModelRecord
    backend: str | None = Field(description="What executed the model when the run began.")
    provider: str | None
    policy: PolicyRecord
    evidence: Evidence | None = Field(
        default=None, description="Null in files of sinks that write no clips."
    )


def event_record(event: Event, session: RunInfo, evidence: Evidence | None = None) -> EventRecord:
    """All that is known of an event, with what it rests on.

    Depends on the event and on source, model and policy alone, so that a replay gives the same.

    Args:
        event: In any phase.
        session: Of the run.
        evidence: Files that were written of it.
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
        moment = (parse_utc(started_utc) + timedelta(seconds=seconds)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds")


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
