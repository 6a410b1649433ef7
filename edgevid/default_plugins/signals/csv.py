"""``csv``: speed from a table that was recorded beside the drive."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from pydantic import Field

from edgevid.default_plugins.signals.track import (
    FASTEST_KMH,
    KMH,
    Track,
    TrackOptions,
    existing_file,
)
from edgevid.errors import SignalsError
from edgevid.interfaces import Signals
from edgevid.types import SourceInfo, Vehicle
from edgevid.utc import parse_utc

_DELIMITERS = ",;\t"
_LONGEST_LINE = 1 << 16
_STANDSTILL = {"0": False, "false": False, "1": True, "true": True}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")

Cells = Sequence[str]


class CsvSignals(Signals):
    """A header row, then one row for each moment, in the order of time.

    Read as a whole when it opens, so that a mistake in it is told before the run starts. An empty
    cell is unknown.
    """

    class Options(TrackOptions):
        """Options of ``csv``."""

        time_seconds_column: str = Field(
            default="time_seconds", description="Column with times on the source's timeline."
        )
        time_utc_column: str = Field(
            default="time_utc",
            description="Column with ISO 8601 times, looked at if there is no other; the source "
            "must tell the wall clock of its start.",
        )
        speed_kmh_column: str = Field(default="speed_kmh", description="Column in km/h.")
        speed_mps_column: str = Field(default="speed_mps", description="Or in m/s.")
        speed_mph_column: str = Field(default="speed_mph", description="Or in miles per hour.")
        standstill_column: str = Field(
            default="standstill", description="Column with 0, 1, true or false; may be left out."
        )

    options: Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._track = Track(self.options)

    def open(self, info: SourceInfo) -> None:
        """Read the whole table.

        Raises:
            SignalsError: Naming file and line of the first mistake.
        """
        path = existing_file("signals csv", self.target, "a table, for example csv:speed.csv")
        self._track = Track(self.options)
        table = _Table(path, self.options, info)
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for at_seconds, speed_kmh, standstill in table.rows(file):
                    self._track.add(at_seconds, speed_kmh, standstill)
        except UnicodeDecodeError as error:
            raise SignalsError(
                f"signals csv: {path}: is not UTF-8 text; save it as UTF-8"
            ) from error
        except OSError as error:
            raise SignalsError(f"signals csv: {path}: cannot be read: {error.strerror}") from error
        if not len(self._track):
            raise SignalsError(f"signals csv: {path}: has no rows below its header")

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest row that is neither of the future nor too old."""
        return self._track.at(pts_seconds)


class _Table:
    """Reads one file; every message says where in it."""

    def __init__(self, path: Path, options: CsvSignals.Options, info: SourceInfo) -> None:
        self._path = path
        self._options = options
        self._info = info
        self._line = 1

    def rows(self, file: TextIO) -> Iterator[tuple[float, float | None, bool | None]]:
        """Time on the source's timeline, speed and standstill of each row."""
        lines = self._lines(file)
        first = next(lines, "")
        if not first.strip():
            raise self._wrong("is empty; the first line must name the columns")
        delimiter = max(_DELIMITERS, key=first.count)
        header = [name.strip() for name in self._cells([first], delimiter)[0]]
        if repeated := sorted({name for name in header if header.count(name) > 1}):
            raise self._wrong(f"the column {repeated[0]!r} is there twice")
        time, speed, standstill = self._time(header), self._speed(header), self._standstill(header)
        last = -math.inf
        for self._line, line in enumerate(lines, start=2):
            if not line.strip():
                continue
            [cells] = self._cells([line], delimiter)
            if len(cells) != len(header):
                commas = (
                    "; decimal commas?" if delimiter == "," and len(cells) > len(header) else ""
                )
                raise self._wrong(f"{len(cells)} cells under {len(header)} columns{commas}")
            at_seconds = time(cells) + self._options.offset_seconds
            if at_seconds < last:
                raise self._wrong(
                    f"is {last - at_seconds:g} s before the row above it; sort the rows by time"
                )
            last = at_seconds
            yield at_seconds, speed(cells), standstill(cells)

    def _lines(self, file: TextIO) -> Iterator[str]:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise self._wrong("is too long for a table of speeds")
            yield line

    def _cells(self, lines: list[str], delimiter: str) -> list[list[str]]:
        try:
            return list(csv.reader(lines, delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise self._wrong(f"is not CSV: {error}") from error

    def _time(self, header: Cells) -> Callable[[Cells], float]:
        seconds, utc = self._options.time_seconds_column, self._options.time_utc_column
        if seconds in header:
            column = header.index(seconds)
            return lambda cells: self._number(cells[column], seconds)
        if utc not in header:
            raise self._missing(header, f"time: {seconds} or {utc}", "time_seconds_column")
        if self._info.started_utc is None:
            raise self._wrong(
                f"the times of {utc} cannot be aligned: {self._info.uri} does not tell when it "
                f"began; give a column {seconds} instead"
            )
        column = header.index(utc)
        began = self._moment(self._info.started_utc, f"the start of {self._info.uri}")
        return lambda cells: (self._moment(cells[column], utc) - began).total_seconds()

    def _speed(self, header: Cells) -> Callable[[Cells], float | None]:
        names = {unit: getattr(self._options, f"speed_{unit}_column") for unit in KMH}
        unit = next((unit for unit, name in names.items() if name in header), None)
        if unit is None:
            wanted = " or ".join(names.values())
            raise self._missing(header, f"speed: {wanted}", "speed_kmh_column")
        name, factor = names[unit], KMH[unit]
        column = header.index(name)

        def speed(cells: Cells) -> float | None:
            if not cells[column].strip():
                return None
            kmh = self._number(cells[column], name) * factor
            if not 0 <= kmh <= FASTEST_KMH:
                raise self._wrong(
                    f"{name} {cells[column]!r} is no speed of a vehicle; accepted: 0 to "
                    f"{FASTEST_KMH / factor:.0f}, or an empty cell for unknown"
                )
            return kmh

        return speed

    def _standstill(self, header: Cells) -> Callable[[Cells], bool | None]:
        name = self._options.standstill_column
        if name not in header:
            return lambda cells: None
        column = header.index(name)

        def standstill(cells: Cells) -> bool | None:
            text = cells[column].strip().lower()
            if text and text not in _STANDSTILL:
                raise self._wrong(f"{name} must be 0, 1, true, false or empty, got {_short(text)}")
            return _STANDSTILL.get(text)

        return standstill

    def _number(self, text: str, name: str) -> float:
        try:
            number = float(text)
        except ValueError:
            hint = "; write it with a point" if _DECIMAL_COMMA.fullmatch(text.strip()) else ""
            raise self._wrong(f"{name} must be a number, got {_short(text)}{hint}") from None
        if not math.isfinite(number):
            raise self._wrong(f"{name} must be a finite number, got {_short(text)}")
        return number

    def _moment(self, text: str, name: str) -> datetime:
        try:
            return parse_utc(text)
        except ValueError:
            raise self._wrong(
                f"{name} must be ISO 8601, such as 2026-03-01T12:00:00.5Z, got {_short(text)}"
            ) from None

    def _missing(self, header: Cells, what: str, option: str) -> SignalsError:
        return self._wrong(
            f"has no column of {what}; it has {_short(', '.join(header), 200)}. "
            f"The option {option} names another one"
        )

    def _wrong(self, what: str) -> SignalsError:
        return SignalsError(f"signals csv: {self._path}:{self._line}: {what}")


def _short(text: str, limit: int = 40) -> str:
    return repr(text if len(text) <= limit else text[:limit] + "…")
