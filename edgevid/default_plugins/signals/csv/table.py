"""A table of what was measured beside a drive: a header row, then one row for each moment."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO, TypeVar

from pydantic import Field

from edgevid.errors import SignalsError
from edgevid.speed_track import TrackOptions
from edgevid.types import SourceInfo
from edgevid.utc import parse_utc

_DELIMITERS = ",;\t"
_LONGEST_LINE = 1 << 16
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")

Cells = Sequence[str]
T = TypeVar("T")


class Times(TrackOptions):
    """Column of the times, and their offset."""

    time_seconds_column: str = Field(
        default="time_seconds", description="Column with times on the source's timeline."
    )
    time_utc_column: str = Field(
        default="time_utc",
        description="Column with ISO 8601 times, used if there is no other; the source must have "
        "a wall clock at its start.",
    )


class CsvTable:
    """Reads one file; every message says where in it."""

    def __init__(self, path: Path, times: Times, info: SourceInfo) -> None:
        """Take a file, whose times are brought onto the timeline of a source."""
        self._path = path
        self._times = times
        self._info = info
        self._line = 1

    def rows(self, reading: Callable[[Cells], Callable[[Cells], T]]) -> Iterator[tuple[float, T]]:
        """Time on the source's timeline, and what was read of each row.

        Args:
            reading: Makes of the header what reads a row.

        Raises:
            SignalsError: Naming file and line of the first mistake.
        """
        empty = True
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                for row in self._rows(file, reading):
                    empty = False
                    yield row
        except UnicodeDecodeError as error:
            raise SignalsError(
                f"signals csv: {self._path}: is not UTF-8 text; save it as UTF-8"
            ) from error
        except OSError as error:
            raise SignalsError(
                f"signals csv: {self._path}: cannot be read: {error.strerror}"
            ) from error
        if empty:
            raise SignalsError(f"signals csv: {self._path}: has no rows below its header")

    def _rows(
        self, file: TextIO, reading: Callable[[Cells], Callable[[Cells], T]]
    ) -> Iterator[tuple[float, T]]:
        lines = self._lines(file)
        first = next(lines, "")
        if not first.strip():
            raise self.wrong("is empty; the first line must name the columns")
        delimiter = max(_DELIMITERS, key=first.count)
        header = [name.strip() for name in self._cells([first], delimiter)[0]]
        if repeated := sorted({name for name in header if header.count(name) > 1}):
            raise self.wrong(f"the column {repeated[0]!r} is there twice")
        time, read = self._time(header), reading(header)
        last = -math.inf
        for self._line, line in enumerate(lines, start=2):
            if not line.strip():
                continue
            [cells] = self._cells([line], delimiter)
            if len(cells) != len(header):
                commas = (
                    "; decimal commas?" if delimiter == "," and len(cells) > len(header) else ""
                )
                raise self.wrong(f"{len(cells)} cells under {len(header)} columns{commas}")
            at_seconds = time(cells) + self._times.offset_seconds
            if at_seconds < last:
                raise self.wrong(
                    f"is {last - at_seconds:g} s before the row above it; sort the rows by time"
                )
            last = at_seconds
            yield at_seconds, read(cells)

    def _lines(self, file: TextIO) -> Iterator[str]:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise self.wrong("is too long for a table of speeds")
            yield line

    def _cells(self, lines: list[str], delimiter: str) -> list[list[str]]:
        try:
            return list(csv.reader(lines, delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise self.wrong(f"is not CSV: {error}") from error

    def _time(self, header: Cells) -> Callable[[Cells], float]:
        seconds, utc = self._times.time_seconds_column, self._times.time_utc_column
        if seconds in header:
            column = header.index(seconds)
            return lambda cells: self.number(cells[column], seconds)
        if utc not in header:
            raise self.missing(header, f"time: {seconds} or {utc}", "time_seconds_column")
        if self._info.started_utc is None:
            raise self.wrong(
                f"the times of {utc} cannot be aligned: {self._info.uri} has no known start "
                f"time; give a column {seconds} instead"
            )
        column = header.index(utc)
        began = self._parse_time(self._info.started_utc, f"the start of {self._info.uri}")
        return lambda cells: (self._parse_time(cells[column], utc) - began).total_seconds()

    def number(self, text: str, name: str) -> float:
        """A finite number of a cell.

        Raises:
            SignalsError: If it is none.
        """
        try:
            number = float(text)
        except ValueError:
            hint = "; write it with a point" if _DECIMAL_COMMA.fullmatch(text.strip()) else ""
            raise self.wrong(f"{name} must be a number, got {short(text)}{hint}") from None
        if not math.isfinite(number):
            raise self.wrong(f"{name} must be a finite number, got {short(text)}")
        return number

    def _parse_time(self, text: str, name: str) -> datetime:
        try:
            return parse_utc(text)
        except ValueError:
            raise self.wrong(
                f"{name} must be ISO 8601, such as 2026-03-01T12:00:00.5Z, got {short(text)}"
            ) from None

    def missing(self, header: Cells, what: str, option: str) -> SignalsError:
        """Return the error for a missing column."""
        return self.wrong(
            f"has no column of {what}; it has {short(', '.join(header), 200)}. "
            f"The option {option} names another one"
        )

    def wrong(self, what: str) -> SignalsError:
        """Return the error for this line."""
        return SignalsError(f"signals csv: {self._path}:{self._line}: {what}")


def short(text: str, limit: int = 40) -> str:
    """Somebody's text in a message."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
