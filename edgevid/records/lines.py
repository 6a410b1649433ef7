"""Lines of the files that the sink ``jsonl`` writes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from edgevid.interfaces import Session
from edgevid.records.event import plain
from edgevid.types import Availability, Event, Gap

SCHEMA_VERSION: Literal[2] = 2
"""Version of the files, in their first line."""


class LineModel(BaseModel):
    """Base of all lines: finite numbers, and unknown fields, of a newer runtime, are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SourceLine(LineModel):
    """The source."""

    uri: str = ""
    width: int = 0
    height: int = 0


class ModelLine(LineModel):
    """The model."""

    name: str
    version: str = ""
    sha256: str | None = None
    class_names: tuple[str, ...] = ()


class PolicyLine(LineModel):
    """The event policy, with all parameters that the event engine reports."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    sha256: str | None = None


class RunsOnLine(LineModel):
    """Backend and provider that executed the model when the run began."""

    model_config = ConfigDict(extra="allow")

    backend: str | None = None
    provider: str | None = None


class SessionLine(LineModel):
    """The first line: source, model, policy and backend of the run."""

    type: Literal["session"] = "session"
    schema_version: Literal[2]
    drive_id: str = ""
    started_utc: str | None = None
    source: SourceLine = SourceLine()
    model: ModelLine
    policy: PolicyLine = PolicyLine()
    runs_on: RunsOnLine = RunsOnLine()


class PredictionLine(LineModel):
    """Scores in the order of the class names; None if a score was not finite."""

    type: Literal["prediction"] = "prediction"
    frame_index: int = 0
    start_seconds: float
    end_seconds: float
    valid: bool
    label: str = ""
    score: float | None = None
    scores: tuple[float | None, ...]
    source_id: str = ""


class EndLine(LineModel):
    """The last line: end of the analysed time."""

    type: Literal["end"] = "end"
    end_seconds: float | None = None


Line = SessionLine | Event | Availability | Gap | PredictionLine | EndLine
"""A line as it is read."""


def session_line(session: Session) -> dict[str, Any]:
    """The first line of a run's file."""
    source, card = session.source, session.card
    line = SessionLine(
        schema_version=SCHEMA_VERSION,
        drive_id=plain(session.drive_id),
        started_utc=plain(source.started_utc),
        source=SourceLine(uri=plain(source.uri), width=source.width, height=source.height),
        model=ModelLine(
            name=card.name, version=card.version, sha256=card.sha256, class_names=card.class_names
        ),
    )
    # As the plugins report them, whatever that is.
    rest = {"policy": dict(session.policy), "runs_on": dict(session.runs_on)}
    return line.model_dump(exclude=set(rest)) | rest
