"""Closed events as a CSV table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from io import BufferedReader
from typing import Any

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import LineFile
from edgevid.records import EventRecord, columns, event_record
from edgevid.types import Event

_ORDER = (
    "drive_id", "source_id", "id", "group", "label", "level", "max_level", "start_utc",
    "start_seconds", "end_seconds", "duration_seconds", "peak_score", "mean_score", "reason",
)  # fmt: skip
_LEFT_OUT = (
    "schema_version", "trip_id", "labels", "phase", "detected_seconds", "end_utc", "levels",
    "notify", "speed_min_kmh", "speed_max_kmh", "degraded_fraction", "dropped_fraction",
    "trip_flagged", "model", "backend", "provider", "policy", "evidence",
)  # fmt: skip
"""Fields of the record that this summary omits; ``jsonl`` and ``sqlite`` have them."""
COLUMNS = tuple(sorted(columns(EventRecord, without=_LEFT_OUT), key=_ORDER.index))
_LONGEST_HEADER = 4096
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvSink(Sink):
    """A header row, then one row per closed event.

    An event that was open when its run was killed has no row; ``jsonl`` and ``sqlite`` keep it.
    """

    class Options(BaseOptions):
        """Options of the ``csv`` sink."""

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
        self._has_header = False

    def open(self, session: RunInfo) -> None:
        """Open the file and write the header row, once.

        Raises:
            SinkError: If it cannot be written, or an existing file has other columns.
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
        first, num_bytes = _whole_rows(file)
        file.seek(0)
        self._has_header = first == header
        if not self._has_header and not header.startswith(file.read(len(header))):
            raise SinkError(
                f"sink csv: {self.target} does not have the columns {','.join(COLUMNS)}; "
                f"name another file, or set append to false to replace it"
            )
        return num_bytes

    def event(self, event: Event) -> None:
        """Write a closed event."""
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


def _whole_rows(file: BufferedReader) -> tuple[bytes, int]:
    """Return the first row with its line end, and the offset after the last whole row.

    Rows end with CR LF; within quotes that is text.
    """
    content, first, num_bytes, at, quoted = b"", b"", 0, 0, False
    for line in file:
        content = (content + line)[:_LONGEST_HEADER]
        at += len(line)
        quoted ^= bool(line.count(b'"') % 2)
        if not quoted and line.endswith(b"\r\n"):
            first = first or content
            content = b""
            num_bytes = at
    return first, num_bytes
