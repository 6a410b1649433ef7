"""All results of a run, one JSON object per line."""

from __future__ import annotations

import dataclasses
import json
from io import BufferedReader
from typing import Any

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import LineFile
from edgevid.records import (
    SCHEMA_VERSION,
    PredictionLine,
    closed_by_force,
    event_record,
    finite,
    plain,
    session_line,
)
from edgevid.types import Availability, Event, Gap, Prediction

_SESSION, _EVENT = b'{"type": "session"', b'{"type": "event"'


class JsonlSink(Sink):
    """A "session" line, then "event", "availability", "gap" and "prediction" lines, then "end".

    "end" holds the end of the analysed time; it is missing if the run was killed. Lines are in the
    order of detection. Nothing depends on the time of writing: the same frames, model and policy
    give the same bytes. Numbers that are not finite are written as null.

    Appending continues after the last whole line of the previous run. Events that a killed run
    left open are closed first, at their last evidence.
    """

    class Options(BaseOptions):
        """Options of the ``jsonl`` sink."""

        predictions: bool = Field(default=False, description="Also write every prediction.")
        append: bool | None = Field(
            default=None,
            description="Append to an existing file instead of replacing it. Default: append for "
            "live sources, replace for files.",
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._file: LineFile | None = None
        self._session: RunInfo | None = None
        self._end_seconds: float | None = None

    def open(self, session: RunInfo) -> None:
        """Open the file, close events that a killed run left open, and write the header.

        Raises:
            SinkError: If it cannot be written, or cannot be appended to.
        """
        self._session = session
        append = session.source.live if self.options.append is None else self.options.append
        earlier = _Earlier(str(self.target))
        self._file = LineFile(
            "jsonl", self.target, "events.jsonl", recover=earlier.read if append else None
        )
        for line in earlier.cut_off:
            self._write(line)
        self._write(session_line(session))

    def event(self, event: Event) -> None:
        """Write its record, as it opens, changes and closes."""
        if self._session is not None:
            record = event_record(event, self._session)
            self._write({"type": "event", **record.model_dump(mode="json")})

    def gap(self, gap: Gap) -> None:
        """Write it."""
        self._write({"type": "gap", **dataclasses.asdict(gap)})

    def availability(self, change: Availability) -> None:
        """Write it."""
        self._write({"type": "availability", **dataclasses.asdict(change)})

    def prediction(self, prediction: Prediction) -> None:
        """Write it, if the options say so; scores are in the order of the class names."""
        self._end_seconds = prediction.end_seconds
        if not self.options.predictions or self._session is None:
            return
        scores = [_shortest(score) for score in prediction.scores]
        line = PredictionLine(
            frame_index=prediction.frame_index,
            start_seconds=prediction.start_seconds,
            end_seconds=prediction.end_seconds,
            valid=prediction.valid,
            label=self._session.card.class_names[prediction.top],
            score=finite(scores[prediction.top]),
            scores=tuple(finite(scores)),
            source_id=plain(prediction.source_id),
        )
        self._write(line.model_dump())

    def close(self) -> None:
        """Write the end, and close the file."""
        file = self._file
        if file is None:
            return
        try:
            self._write({"type": "end", "end_seconds": self._end_seconds})
        finally:
            self._file = None
            file.close()

    def _write(self, record: dict[str, Any]) -> None:
        if self._file is not None:
            line = json.dumps(finite(record), allow_nan=False, ensure_ascii=False, default=str)
            self._file.write(line + "\n")


def _shortest(score: Any) -> float:
    """The shortest decimal that is the same float32."""
    return float(str(score))


class _Earlier:
    """The whole lines of earlier runs in a file, and the events that a killed run left open."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: dict[str, dict[str, Any]] = {}

    @property
    def cut_off(self) -> list[dict[str, Any]]:
        """The closing line of each event that was opened and never closed."""
        return [closed_by_force(line) for line in self._open.values()]

    def read(self, file: BufferedReader) -> int:
        """Return the number of bytes up to the end of the last whole line.

        Raises:
            SinkError: If the sink did not write this file, or in another version.
        """
        num_bytes = 0
        for line in file:
            whole = line.endswith(b"\n")
            if num_bytes == 0:
                if not whole and (line.startswith(_SESSION) or _SESSION.startswith(line)):
                    return 0
                self._check_first(line)
            elif not whole:
                return num_bytes
            self._note(line)
            num_bytes += len(line)
        return num_bytes

    def _check_first(self, line: bytes) -> None:
        if not line.startswith(_SESSION) or _parsed(line) is None:
            raise SinkError(
                f"sink jsonl: {self._path} is not an event file, and cannot be appended to; "
                f"name another file, or set append to false to replace it"
            )

    def _note(self, line: bytes) -> None:
        # Most lines are predictions: they need not be parsed.
        if not line.startswith((_SESSION, _EVENT)) or (record := _parsed(line)) is None:
            return
        if record["type"] == "session":
            version = record.get("schema_version")
            if version != SCHEMA_VERSION:
                raise SinkError(
                    f"sink jsonl: {self._path} has schema version {version}, and only "
                    f"{SCHEMA_VERSION} is written; name another file"
                )
            return
        event_id = record.get("id")
        if not isinstance(event_id, str):
            return
        if record.get("phase") == "closed":
            self._open.pop(event_id, None)
        else:
            self._open[event_id] = record


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Parse a line; None if it is damaged, even in the middle of a file."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
