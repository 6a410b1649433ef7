"""Everything that happens, one JSON object a line."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from pydantic import Field

from edgevid.default_plugins.sinks.recovery import JsonlPast
from edgevid.default_plugins.sinks.targets import LineFile
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.records import event_record
from edgevid.types import Availability, Event, Gap, Prediction

SCHEMA_VERSION = 2


class JsonlSink(Sink):
    """A header line of type "session", then "event", "availability", "gap" and "prediction".

    The last line, "end", says how far it was analysed; a killed run has none. The order is that
    in which things became known. Nothing in it depends on when it was written: the same frames,
    model and policy give the same file, byte for byte. A number that is not finite is written as
    null.

    Appending goes on after the last whole line of the run before. What that run opened and never
    closed, because it was killed, is closed first, at its last known evidence.
    """

    class Options(BaseOptions):
        """Options of the ``jsonl`` sink."""

        predictions: bool = Field(default=False, description="Write every prediction, too.")
        append: bool | None = Field(
            default=None,
            description="Go on after what is there; null: for live sources, while the results of "
            "a file replace what is there.",
        )

    options: Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._file: LineFile | None = None
        self._session: RunInfo | None = None
        self._end_seconds: float | None = None

    def open(self, session: RunInfo) -> None:
        """Open the file, close what a killed run left open, and write the header.

        Raises:
            SinkError: If it cannot be written, or is no file of this sink to append to.
        """
        self._session = session
        card, source = session.card, session.source
        append = source.live if self.options.append is None else self.options.append
        past = JsonlPast(str(self.target), SCHEMA_VERSION)
        self._file = LineFile(
            "jsonl", self.target, "events.jsonl", recover=past.read if append else None
        )
        for line in past.cut_off:
            self._write(line)
        self._write(
            {
                "type": "session",
                "schema_version": SCHEMA_VERSION,
                "drive_id": session.drive_id,
                "started_utc": source.started_utc,
                "source": {"uri": source.uri, "width": source.width, "height": source.height},
                "model": {
                    "name": card.name,
                    "version": card.version,
                    "sha256": card.sha256,
                    "class_names": card.class_names,
                },
                "policy": dict(session.policy),
                "runs_on": dict(session.runs_on),
            }
        )

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
        top = prediction.top
        scores = [_shortest(score) for score in prediction.scores]
        self._write(
            {
                "type": "prediction",
                "frame_index": prediction.frame_index,
                "start_seconds": prediction.start_seconds,
                "end_seconds": prediction.end_seconds,
                "valid": prediction.valid,
                "label": self._session.card.class_names[top],
                "score": scores[top],
                "scores": scores,
                "source_id": prediction.source_id,
            }
        )

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
            line = json.dumps(_finite(record), allow_nan=False, ensure_ascii=False, default=str)
            self._file.write(line + "\n")


def _shortest(score: Any) -> float:
    """The shortest decimal that is the same float32."""
    return float(str(score))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
