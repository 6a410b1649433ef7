"""Closed events as a table that spreadsheets read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from edgevid.default_plugins.sinks.targets import LineFile
from edgevid.interfaces import Options, Session, Sink
from edgevid.types import Event

COLUMNS = (
    "source_id",
    "id",
    "label",
    "start_seconds",
    "end_seconds",
    "duration_seconds",
    "peak_score",
    "mean_score",
    "reason",
)


class CsvSink(Sink):
    """A header row, then one row for each event that has ended."""

    Options = Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._file: LineFile | None = None

    def open(self, session: Session) -> None:
        """Open the file and write the header row.

        Raises:
            SinkError: If it cannot be written.
        """
        self._file = LineFile("csv", self.target, "events.csv")
        self._write(COLUMNS)

    def event(self, event: Event) -> None:
        """Write it once it has ended."""
        if event.phase == "closed":
            self._write([_short(getattr(event, column)) for column in COLUMNS])

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, values: Sequence[Any]) -> None:
        if self._file is not None:
            row = io.StringIO()
            csv.writer(row).writerow(values)
            self._file.write(row.getvalue())


def _short(value: Any) -> Any:
    """Microseconds are enough for people and spreadsheets; JSON Lines has every digit."""
    return round(value, 6) if isinstance(value, float) else value
