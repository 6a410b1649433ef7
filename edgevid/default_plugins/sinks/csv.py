"""Closed events as a table that spreadsheets read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from io import BufferedReader
from typing import Any

from pydantic import Field

from edgevid.default_plugins.sinks.recovery import whole_rows
from edgevid.default_plugins.sinks.targets import LineFile
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.records import event_record
from edgevid.types import Event

COLUMNS = (
    "drive_id",
    "source_id",
    "id",
    "group",
    "label",
    "level",
    "max_level",
    "start_utc",
    "start_seconds",
    "end_seconds",
    "duration_seconds",
    "peak_score",
    "mean_score",
    "reason",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvSink(Sink):
    """A header row, then one row for each event that has ended.

    An event that was open when its run was killed has no row: ``jsonl`` and ``sqlite`` have it.
    """

    class Options(BaseOptions):
        """Options of the ``csv`` sink."""

        append: bool | None = Field(
            default=None,
            description="Add rows to what is there; null: for live sources, while the results of "
            "a file replace what is there.",
        )

    options: Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._file: LineFile | None = None
        self._session: RunInfo | None = None
        self._has_header = False

    def open(self, session: RunInfo) -> None:
        """Open the file and write the header row, once.

        Raises:
            SinkError: If it cannot be written, or has other columns than are appended.
        """
        self._session = session
        append = session.source.live if self.options.append is None else self.options.append
        self._file = LineFile(
            "csv", self.target, "events.csv", recover=self._recover if append else None
        )
        if not self._has_header:
            self._file.write(_row(COLUMNS))

    def _recover(self, file: BufferedReader) -> int:
        header = _row(COLUMNS).encode()
        first, kept = whole_rows(file)
        file.seek(0)
        self._has_header = first == header
        if not self._has_header and not header.startswith(file.read(len(header))):
            raise SinkError(
                f"sink csv: {self.target} has other columns than {','.join(COLUMNS)}; "
                f"name another file, or set append to false to replace it"
            )
        return kept

    def event(self, event: Event) -> None:
        """Write it once it has ended."""
        if event.phase == "closed" and self._file is not None and self._session is not None:
            record = event_record(event, self._session)
            self._file.write(_row([_cell(getattr(record, column)) for column in COLUMNS]))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _row(values: Sequence[Any]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(values)
    return row.getvalue()


def _cell(value: Any) -> Any:
    """Microseconds are enough for people and spreadsheets; JSON Lines has every digit."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        # Names come with bundles and files; a spreadsheet would execute them.
        return f"'{value}"
    return round(value, 6) if isinstance(value, float) else value
