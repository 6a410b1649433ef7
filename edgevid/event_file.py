"""Reads what the sink ``jsonl`` wrote: a whole drive's events, as they were in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from edgevid.config.options import explain
from edgevid.errors import EventFileError
from edgevid.types import Availability, Event, Gap, LevelChange

SCHEMA_VERSION = 2
"""Of the files that can be read."""

_LONGEST_LINE = 16 << 20


class _Line(BaseModel):
    # A newer runtime may say more.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class EventFileModel(_Line):
    """Which model ran."""

    name: str
    version: str = ""
    sha256: str | None = None


class _Policy(_Line):
    name: str | None = None
    sha256: str | None = None


class _RunsOn(_Line):
    backend: str | None = None
    provider: str | None = None


class EventFileSession(_Line):
    """The first line: what was analysed, by what."""

    type: Literal["session"]
    schema_version: Literal[2]
    drive_id: str = ""
    model: EventFileModel
    policy: _Policy = _Policy()
    runs_on: _RunsOn = _RunsOn()


class _Change(_Line):
    at_seconds: float
    level: int
    reason: str = ""


class _Event(_Line):
    type: Literal["event"]
    id: str
    label: str
    group: str = ""
    start_seconds: float
    end_seconds: float
    phase: Literal["open", "update", "closed"]
    peak_score: float | None = None
    mean_score: float | None = None
    reason: str = ""
    source_id: str = ""
    level: int = 0
    max_level: int = 0
    notify: bool = False
    levels: tuple[_Change, ...] = ()

    def event(self) -> Event:
        """As the runtime knew it; a score that was not finite is 0."""
        given = self.model_dump(exclude={"type", "levels", "peak_score", "mean_score"})
        return Event(
            **given,
            peak_score=self.peak_score or 0.0,
            mean_score=self.mean_score or 0.0,
            levels=tuple(LevelChange(c.at_seconds, c.level, c.reason) for c in self.levels),
        )


class _Availability(_Line):
    type: Literal["availability"]
    state: Literal["ok", "warming_up", "degraded", "no_driver", "no_signal"]
    start_seconds: float
    reason: str = ""


class _Gap(_Line):
    type: Literal["gap"]
    start_seconds: float
    end_seconds: float
    reason: str = ""


class _End(_Line):
    type: Literal["end"]
    end_seconds: float | None


_Known = Annotated[
    EventFileSession | _Event | _Availability | _Gap | _End, Field(discriminator="type")
]
_LINE: TypeAdapter[Any] = TypeAdapter(_Known)
_TYPES = ("session", "event", "availability", "gap", "end")


@dataclass(frozen=True, slots=True)
class EventFile:
    """One run over one drive."""

    path: Path
    session: EventFileSession
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
        self._events: dict[str, Event] = {}
        self._alerts: dict[str, int] = {}
        self._availability: list[Availability] = []
        self._gaps: list[Gap] = []
        self._session: EventFileSession | None = None
        self._end: _End | None = None
        self._latest = 0.0
        self._warnings: list[str] = []

    def read(self) -> EventFile:
        try:
            with self._path.open("rb") as file:
                for number, raw in enumerate(self._lines(file), start=1):
                    self._take(number, raw)
        except OSError as error:
            raise EventFileError(
                f"{self._path}: cannot be read: {error.strerror or error}"
            ) from error
        if self._session is None:
            raise EventFileError(f"{self._path}: is empty; give what --sink jsonl:FILE wrote")
        self._doubt()
        known = self._end.end_seconds if self._end else None
        return EventFile(
            path=self._path,
            session=self._session,
            events=tuple(sorted(self._events.values(), key=lambda e: (e.start_seconds, e.id))),
            alerts=self._alerts,
            availability=tuple(self._availability),
            gaps=tuple(self._gaps),
            end_seconds=self._latest if known is None else max(known, 0.0),
            warnings=tuple(self._warnings),
        )

    def _lines(self, file: Any) -> Iterator[bytes]:
        while raw := file.readline(_LONGEST_LINE):
            yield raw

    def _take(self, number: int, raw: bytes) -> None:
        whole = raw.endswith(b"\n")
        if not whole and len(raw) >= _LONGEST_LINE:
            raise self._wrong(number, "is too long for an event file")
        if not raw.strip():
            return
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError):
            if not whole and self._session is not None:
                self._warnings.append(f"{self._path}:{number}: is cut off and was left out")
                return
            raise self._wrong(number, "is no JSON") from None
        if not isinstance(record, dict):
            raise self._wrong(number, "is no JSON object")
        kind = record.get("type")
        if self._session is None and kind != "session":
            raise self._wrong(
                number, "does not begin with a session; give what --sink jsonl:FILE wrote"
            )
        if kind in _TYPES:
            self._keep(number, self._checked(number, record))

    def _checked(self, number: int, record: dict[str, Any]) -> Any:
        version = record.get("schema_version")
        if record["type"] == "session" and version != SCHEMA_VERSION:
            raise self._wrong(
                number, f"has schema version {version}; only {SCHEMA_VERSION} can be read"
            )
        try:
            return _LINE.validate_python(record)
        except ValidationError as error:
            raise self._wrong(number, explain(error.errors()[0])) from None

    def _keep(self, number: int, line: Any) -> None:
        if isinstance(line, EventFileSession):
            if self._session is not None:
                raise self._wrong(
                    number, "begins another run: the file was appended to; give one run a file"
                )
            self._session = line
        elif isinstance(line, _End):
            self._end = line
        elif isinstance(line, _Event):
            if line.end_seconds < line.start_seconds:
                raise self._wrong(number, "an event ends before it starts")
            event = line.event()
            self._events[event.id] = event
            if event.notify:
                self._alerts[event.name] = self._alerts.get(event.name, 0) + 1
            self._latest = max(self._latest, event.end_seconds)
        elif isinstance(line, _Gap):
            self._gaps.append(Gap(line.start_seconds, line.end_seconds, line.reason))
            self._latest = max(self._latest, line.end_seconds)
        else:
            self._availability.append(Availability(line.state, line.start_seconds, line.reason))
            self._latest = max(self._latest, line.start_seconds)

    def _doubt(self) -> None:
        if self._end is None:
            self._warnings.append(
                f"{self._path}: has no end: the run goes on or was killed; rates are of the "
                f"{self._latest:.0f} s that it tells of"
            )
        unfinished = sum(event.is_open for event in self._events.values())
        if unfinished and self._end is not None:
            self._warnings.append(f"{self._path}: {unfinished} events were never closed")

    def _wrong(self, number: int, what: str) -> EventFileError:
        return EventFileError(f"{self._path}:{number}: {what}")
