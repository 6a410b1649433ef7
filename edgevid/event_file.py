"""Reads what the sink ``jsonl`` wrote: line by line, or a whole drive as it was in the end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from edgevid.config.options import explain
from edgevid.errors import EventFileError
from edgevid.types import Availability, Event, Gap, LevelChange

SCHEMA_VERSION = 2
"""Of the files that can be read."""

_LONGEST_LINE = 16 << 20
_GIVE = "give what --sink jsonl:FILE wrote"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


_Score = Annotated[float | None, BeforeValidator(_finite)]


class _Line(BaseModel):
    # A newer runtime may say more.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SourceLine(_Line):
    """What was analysed."""

    uri: str = ""
    width: int = 0
    height: int = 0


class ModelLine(_Line):
    """Which model ran."""

    name: str
    version: str = ""
    sha256: str | None = None
    class_names: tuple[str, ...] = ()


class PolicyLine(_Line):
    """Which policy decided, with all that it says of itself."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    sha256: str | None = None


class RunsOnLine(_Line):
    """What executed the model when the run began."""

    model_config = ConfigDict(extra="allow")

    backend: str | None = None
    provider: str | None = None


class SessionLine(_Line):
    """The first line: what was analysed, by what."""

    type: Literal["session"] = "session"
    schema_version: Literal[2]
    drive_id: str = ""
    started_utc: str | None = None
    source: SourceLine = SourceLine()
    model: ModelLine
    policy: PolicyLine = PolicyLine()
    runs_on: RunsOnLine = RunsOnLine()


class ChangeLine(_Line):
    """A change of an event's level."""

    at_seconds: float
    level: int
    reason: str = ""


class EventLine(_Line):
    """An event as it opened, changed or closed; a score that was not finite is None."""

    type: Literal["event"] = "event"
    id: str
    label: str
    group: str = ""
    start_seconds: float
    end_seconds: float
    phase: Literal["open", "update", "closed"]
    detected_seconds: float | None = None
    peak_score: _Score = None
    mean_score: _Score = None
    reason: str = ""
    source_id: str = ""
    level: int = 0
    max_level: int = 0
    notify: bool = False
    levels: tuple[ChangeLine, ...] = ()

    def event(self) -> Event:
        """As the runtime knew it; a score that was not finite is 0."""
        given = self.model_dump(exclude={"type", "levels", "peak_score", "mean_score"})
        return Event(
            **given,
            peak_score=self.peak_score or 0.0,
            mean_score=self.mean_score or 0.0,
            levels=tuple(LevelChange(c.at_seconds, c.level, c.reason) for c in self.levels),
        )


class AvailabilityLine(_Line):
    """A change of availability."""

    type: Literal["availability"] = "availability"
    state: Literal["ok", "warming_up", "degraded", "no_driver", "no_signal"]
    start_seconds: float
    reason: str = ""


class GapLine(_Line):
    """A missing stretch."""

    type: Literal["gap"] = "gap"
    start_seconds: float
    end_seconds: float
    reason: str = ""


class PredictionLine(_Line):
    """Scores in the order of the class names; None stands for what was not finite."""

    type: Literal["prediction"] = "prediction"
    frame_index: int = 0
    start_seconds: float
    end_seconds: float
    valid: bool
    scores: tuple[float | None, ...]
    source_id: str = ""


class EndLine(_Line):
    """The last line: how far the drive was analysed."""

    type: Literal["end"] = "end"
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


class EventLines:
    """The lines of one run, checked as they are read; those of an unknown type are left out."""

    def __init__(self, path: Path, *, predictions: bool = True) -> None:
        """Read the first line.

        Args:
            path: What ``--sink jsonl:FILE`` wrote.
            predictions: Whether they are wanted; they are not even checked otherwise.

        Raises:
            EventFileError: With file and line, if it cannot be read or does not begin with a
                session; also while the others are read.
        """
        self.path = path
        self.cut_off_line: int | None = None
        """Number of a last line that a killed run left unfinished, once it was reached."""
        self._kinds = {k: v for k, v in _KINDS.items() if predictions or v is not PredictionLine}
        self._rest = self._read()
        first = next(self._rest, None)
        if not isinstance(first, SessionLine):
            raise EventFileError(f"{path}: is empty; {_GIVE}")
        self.session = first

    def __iter__(self) -> Iterator[Line]:
        """The lines after the session, once."""
        return self._rest

    def _read(self) -> Iterator[Line]:
        has_session = False
        try:
            with self.path.open("rb") as file:
                lines = iter(lambda: file.readline(_LONGEST_LINE), b"")
                for number, raw in enumerate(lines, start=1):
                    record = self._record(number, raw, may_be_cut=has_session)
                    if record is None:
                        continue
                    if not has_session and record.get("type") != "session":
                        raise self._wrong(number, f"does not begin with a session; {_GIVE}")
                    if has_session and record.get("type") == "session":
                        raise self._wrong(
                            number,
                            "begins another run: the file was appended to; give one run a file",
                        )
                    has_session = True
                    if (line := self._checked(number, record)) is not None:
                        yield line
        except OSError as error:
            raise EventFileError(
                f"{self.path}: cannot be read: {error.strerror or error}"
            ) from error

    def _record(self, number: int, raw: bytes, *, may_be_cut: bool) -> dict[str, Any] | None:
        whole = raw.endswith(b"\n")
        if not whole and len(raw) >= _LONGEST_LINE:
            raise self._wrong(number, "is too long for an event file")
        if not raw.strip():
            return None
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError):
            if not whole and may_be_cut:
                self.cut_off_line = number
                return None
            raise self._wrong(number, "is no JSON") from None
        if not isinstance(record, dict):
            raise self._wrong(number, "is no JSON object")
        return record

    def _checked(self, number: int, record: dict[str, Any]) -> Line | None:
        kind = self._kinds.get(str(record.get("type")))
        if kind is None:
            return None
        version = record.get("schema_version")
        if kind is SessionLine and version != SCHEMA_VERSION:
            raise self._wrong(
                number, f"has schema version {version}; only {SCHEMA_VERSION} can be read"
            )
        try:
            line = kind.model_validate(record)
        except ValidationError as error:
            raise self._wrong(number, explain(error.errors()[0])) from None
        if isinstance(line, EventLine) and line.end_seconds < line.start_seconds:
            raise self._wrong(number, "an event ends before it starts")
        return line

    def _wrong(self, number: int, what: str) -> EventFileError:
        return EventFileError(f"{self.path}:{number}: {what}")


@dataclass(frozen=True, slots=True)
class EventFile:
    """One run over one drive."""

    path: Path
    session: SessionLine
    events: tuple[Event, ...]
    """As they were last reported, by their start."""
    alerts: dict[str, int]
    """How often somebody was to be told, by group."""
    availability: tuple[Availability, ...]
    gaps: tuple[Gap, ...]
    end_seconds: float
    """How far it was analysed; of a run that was cut off, the last thing that is known."""
    warnings: tuple[str, ...] = ()
    """What is not as it should be, for people."""


def read_event_file(path: Path) -> EventFile:
    """Read one run; predictions are passed over.

    A run that was killed may have left half a line at the end, and events open: that is a warning.

    Raises:
        EventFileError: One line with file and line number.
    """
    return _Reader(path).read()


def is_something_else(path: Path) -> bool:
    """Whether these are JSON Lines, but not of events; what is damaged is not something else."""
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline(_LONGEST_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and first.get("type") != "session"


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = EventLines(path, predictions=False)
        self._events: dict[str, Event] = {}
        self._alerts: dict[str, int] = {}
        self._availability: list[Availability] = []
        self._gaps: list[Gap] = []
        self._end: EndLine | None = None
        self._latest = 0.0

    def read(self) -> EventFile:
        for line in self._lines:
            self._keep(line)
        known = self._end.end_seconds if self._end else None
        return EventFile(
            path=self._path,
            session=self._lines.session,
            events=tuple(sorted(self._events.values(), key=lambda e: (e.start_seconds, e.id))),
            alerts=self._alerts,
            availability=tuple(self._availability),
            gaps=tuple(self._gaps),
            end_seconds=self._latest if known is None else max(known, 0.0),
            warnings=tuple(self._doubts()),
        )

    def _keep(self, line: Line) -> None:
        if isinstance(line, EndLine):
            self._end = line
        elif isinstance(line, EventLine):
            event = line.event()
            self._events[event.id] = event
            if event.notify:
                self._alerts[event.name] = self._alerts.get(event.name, 0) + 1
            self._latest = max(self._latest, event.end_seconds)
        elif isinstance(line, GapLine):
            self._gaps.append(Gap(line.start_seconds, line.end_seconds, line.reason))
            self._latest = max(self._latest, line.end_seconds)
        elif isinstance(line, AvailabilityLine):
            self._availability.append(Availability(line.state, line.start_seconds, line.reason))
            self._latest = max(self._latest, line.start_seconds)

    def _doubts(self) -> Iterator[str]:
        if number := self._lines.cut_off_line:
            yield f"{self._path}:{number}: is cut off and was left out"
        if self._end is None:
            yield (
                f"{self._path}: has no end: the run goes on or was killed; rates are of the "
                f"{self._latest:.0f} s that it tells of"
            )
        unfinished = sum(event.is_open for event in self._events.values())
        if unfinished and self._end is not None:
            yield f"{self._path}: {unfinished} events were never closed"
