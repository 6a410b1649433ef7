"""Reads what the sink ``jsonl`` wrote: line by line, or a whole drive in its final state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model

from edgevid.config.options import explain
from edgevid.errors import EventFileError
from edgevid.records.lines import (
    SCHEMA_VERSION,
    EndLine,
    Line,
    LineModel,
    PredictionLine,
    SessionLine,
)
from edgevid.types import Availability, Event, Gap

_LONGEST_LINE = 16 << 20
_HINT = "give what --sink jsonl:FILE wrote"

_KINDS: dict[str, type[Line]] = {
    "session": SessionLine,
    "event": Event,
    "availability": Availability,
    "gap": Gap,
    "prediction": PredictionLine,
    "end": EndLine,
}
# Values of the runtime are checked with the settings of a line, those inside them too.
_CHECKS = {
    name: create_model(name, __base__=LineModel, line=(kind, ...)) for name, kind in _KINDS.items()
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "event": {"peak_score": 0.0, "mean_score": 0.0, "reason": ""},
    "availability": {"reason": ""},
    "gap": {"reason": ""},
}
_LABEL = {"peak_score": 0.0, "mean_score": 0.0}


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
        self._unwanted = set() if predictions else {"prediction"}
        self._rest = self._read()
        first = next(self._rest, None)
        if not isinstance(first, SessionLine):
            raise EventFileError(f"{path}: is empty; {_HINT}")
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
                        raise self._wrong(number, f"does not begin with a session; {_HINT}")
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
        kind = str(record.get("type"))
        if kind not in _KINDS or kind in self._unwanted:
            return None
        version = record.get("schema_version")
        if kind == "session" and version != SCHEMA_VERSION:
            raise self._wrong(
                number, f"has schema version {version}; only {SCHEMA_VERSION} can be read"
            )
        try:
            checked = _CHECKS[kind].model_validate({"line": _complete(kind, record)})
        except ValidationError as error:
            first = error.errors()[0]
            raise self._wrong(number, explain({**first, "loc": first["loc"][1:]})) from None
        line: Line = checked.line  # type: ignore[attr-defined]
        if isinstance(line, Event) and line.end_seconds < line.start_seconds:
            raise self._wrong(number, "an event ends before it starts")
        return line

    def _wrong(self, number: int, what: str) -> EventFileError:
        return EventFileError(f"{self.path}:{number}: {what}")


def _complete(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a line may lack; a score that was not finite is null, and 0 here."""
    if kind not in _DEFAULTS:
        return record
    known = _not_null(record)
    if isinstance(labels := known.get("labels"), list):
        known["labels"] = [
            _LABEL | _not_null(label) if isinstance(label, dict) else label for label in labels
        ]
    return _DEFAULTS[kind] | known


def _not_null(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class EventFile:
    """One run over one drive."""

    path: Path
    session: SessionLine
    events: tuple[Event, ...]
    """In their last reported state, by start."""
    alerts: dict[str, int]
    """Number of alerts by group."""
    availability: tuple[Availability, ...]
    gaps: tuple[Gap, ...]
    end_seconds: float
    """End of the analysed time; of a run that was cut off, the last time in the file."""
    warnings: tuple[str, ...] = ()
    """Problems of the file, for people."""


def read_event_file(path: Path) -> EventFile:
    """Read one run without its predictions.

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
            self._add(line)
        known = self._end.end_seconds if self._end else None
        return EventFile(
            path=self._path,
            session=self._lines.session,
            events=tuple(sorted(self._events.values(), key=lambda e: (e.start_seconds, e.id))),
            alerts=self._alerts,
            availability=tuple(self._availability),
            gaps=tuple(self._gaps),
            end_seconds=self._latest if known is None else max(known, 0.0),
            warnings=tuple(self._problems()),
        )

    def _add(self, line: Line) -> None:
        if isinstance(line, EndLine):
            self._end = line
        elif isinstance(line, Event):
            self._events[line.id] = line
            if line.notify:
                self._alerts[line.name] = self._alerts.get(line.name, 0) + 1
            self._latest = max(self._latest, line.end_seconds)
        elif isinstance(line, Gap):
            self._gaps.append(line)
            self._latest = max(self._latest, line.end_seconds)
        elif isinstance(line, Availability):
            self._availability.append(line)
            self._latest = max(self._latest, line.start_seconds)

    def _problems(self) -> Iterator[str]:
        if number := self._lines.cut_off_line:
            yield f"{self._path}:{number}: is cut off and was left out"
        if self._end is None:
            yield (
                f"{self._path}: has no end: the run is still going or was killed; rates are of "
                f"the first {self._latest:.0f} s, which it covers"
            )
        unfinished = sum(event.is_open for event in self._events.values())
        if unfinished and self._end is not None:
            yield f"{self._path}: {unfinished} events were never closed"
