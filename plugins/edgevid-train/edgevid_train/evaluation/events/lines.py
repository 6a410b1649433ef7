"""Lines of an event file, checked: what the sink ``jsonl`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edgevid.config.options import explain
from edgevid_train.data.errors import DataError


class _Line(BaseModel):
    # A newer runtime may say more.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SourceLine(_Line):
    """What was analysed."""

    uri: str
    width: int = 0
    height: int = 0


class ModelLine(_Line):
    """What analysed it."""

    name: str
    version: str
    sha256: str | None = None
    class_names: tuple[str, ...] = Field(min_length=1)


class SessionLine(_Line):
    """The header."""

    schema_version: Literal[2]
    drive_id: str = ""
    started_utc: str | None = None
    source: SourceLine
    model: ModelLine
    policy: dict[str, Any] = Field(default_factory=dict)
    runs_on: dict[str, Any] = Field(default_factory=dict)


class EventLine(_Line):
    """An event as it opened, changed or closed."""

    id: str
    label: str
    group: str = ""
    start_seconds: float
    end_seconds: float
    phase: Literal["open", "update", "closed"]
    max_level: int = 0
    detected_seconds: float | None = None


class AvailabilityLine(_Line):
    """A change of availability."""

    state: str
    start_seconds: float


class GapLine(_Line):
    """A missing stretch."""

    start_seconds: float
    end_seconds: float
    reason: str = ""


class PredictionLine(_Line):
    """Scores; null stands for what is not finite."""

    frame_index: int = 0
    start_seconds: float
    end_seconds: float
    valid: bool
    scores: tuple[float | None, ...]
    source_id: str = ""


class EndLine(_Line):
    """The last line: how far the drive was analysed."""

    end_seconds: float | None = None


Line = SessionLine | EventLine | AvailabilityLine | GapLine | PredictionLine | EndLine
_KINDS: dict[str, type[Line]] = {
    "session": SessionLine,
    "event": EventLine,
    "availability": AvailabilityLine,
    "gap": GapLine,
    "prediction": PredictionLine,
    "end": EndLine,
}


def read_lines(path: Path) -> tuple[SessionLine, Iterator[Line]]:
    """The header of an event file, and the rest of it as it is read.

    Lines of a type that is not known are left out.

    Raises:
        DataError: With the line, if the file cannot be read or a line is not valid; that of the
            iterator too.
    """
    lines = _checked(path)
    session = next(lines, None)
    if not isinstance(session, SessionLine):
        raise DataError(
            f"{path}: does not begin with a session line; give what edgevid run wrote with "
            f"--sink jsonl:FILE"
        )
    return session, lines


def _checked(path: Path) -> Iterator[Line]:
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip() and (line := _line(f"{path}, line {number}", raw)) is not None:
                    yield line
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _line(place: str, raw: bytes) -> Line | None:
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError) as error:
        cut = "; the run that wrote it was cut off: run it again" if raw[-1:] != b"\n" else ""
        raise DataError(f"{place}: is no JSON{cut}") from error
    if not isinstance(record, dict):
        raise DataError(f"{place}: is no JSON object")
    kind = _KINDS.get(str(record.get("type")))
    if kind is None:
        return None
    try:
        return kind.model_validate(record)
    except ValidationError as error:
        raise DataError(f"{place}: {explain(error.errors()[0])}") from error
