"""``csv``: speed from a table that was recorded beside the drive."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pydantic import Field

from edgevid.default_plugins.signals.csv.table import Cells, CsvTable, Times, short
from edgevid.interfaces import Channel, ChannelValues, Signals
from edgevid.speed_track import (
    FASTEST_KMH,
    KMH,
    Track,
    existing_file,
)
from edgevid.types import SourceInfo, Vehicle

_STANDSTILL = {"0": False, "false": False, "1": True, "true": True}

Reading = Callable[[Cells], tuple[float | None, bool | None]]


class CsvSignals(Signals):
    """A header row, then one row for each moment, in the order of time.

    Read as a whole when it opens, so that mistakes are reported before a run. An empty cell
    is unknown.
    """

    class Options(Times):
        """Options of ``csv``."""

        speed_kmh_column: str = Field(default="speed_kmh", description="Column in km/h.")
        speed_mps_column: str = Field(default="speed_mps", description="Or in m/s.")
        speed_mph_column: str = Field(default="speed_mph", description="Or in miles per hour.")
        standstill_column: str = Field(
            default="standstill", description="Column with 0, 1, true or false; may be left out."
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._track = Track(options)
        self.max_age_seconds = options.max_age_seconds

    def open(self, info: SourceInfo) -> None:
        """Read the whole table.

        Raises:
            SignalsError: Naming file and line of the first mistake.
        """
        path = existing_file("signals csv", self.target, "a table, for example csv:speed.csv")
        self._track = Track(self.options)
        table = CsvTable(path, self.options, info)
        for at_seconds, (speed_kmh, standstill) in table.rows(_reading(table, self.options)):
            self._track.add(at_seconds, speed_kmh, standstill)

    def speeds(self) -> list[tuple[float, float]]:
        """Every known speed that was read."""
        return self._track.speeds()

    def channels(self, info: SourceInfo, wanted: Mapping[str, Channel]) -> dict[str, ChannelValues]:
        """Read columns of the table; an empty cell is unknown.

        Raises:
            SignalsError: Naming file and line of the first mistake.
        """
        path = existing_file("signals csv", self.target, "a table, for example csv:speed.csv")
        table = CsvTable(path, self.options, info)
        values: dict[str, list[tuple[float, float]]] = {name: [] for name in wanted}
        for at_seconds, cells in table.rows(_columns(table, wanted)):
            for name, value in zip(wanted, cells, strict=True):
                if not math.isnan(value):
                    values[name].append((at_seconds, value))
        return {name: ChannelValues(wanted[name].unit, values[name]) for name in wanted}

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest row that is neither of the future nor too old."""
        return self._track.at(pts_seconds)


def _columns(
    table: CsvTable, wanted: Mapping[str, Channel]
) -> Callable[[Cells], Callable[[Cells], list[float]]]:
    """Reads the wanted columns of a row; NaN where a cell is empty."""

    def of(header: Cells) -> Callable[[Cells], list[float]]:
        places = []
        for name, channel in wanted.items():
            if channel.column not in header:
                raise table.missing(header, f"{name}: {channel.column}", f"channels.{name}")
            places.append((str(channel.column), header.index(str(channel.column))))
        return lambda cells: [
            table.number(cells[place], name) if cells[place].strip() else math.nan
            for name, place in places
        ]

    return of


def _reading(table: CsvTable, options: CsvSignals.Options) -> Callable[[Cells], Reading]:
    """Reads speed and standstill of a row."""

    def of(header: Cells) -> Reading:
        speed, standstill = _speed(table, options, header), _standstill(table, options, header)
        return lambda cells: (speed(cells), standstill(cells))

    return of


def _speed(
    table: CsvTable, options: CsvSignals.Options, header: Cells
) -> Callable[[Cells], float | None]:
    names = {unit: getattr(options, f"speed_{unit}_column") for unit in KMH}
    unit = next((unit for unit, name in names.items() if name in header), None)
    if unit is None:
        wanted = " or ".join(names.values())
        raise table.missing(header, f"speed: {wanted}", "speed_kmh_column")
    name, factor = names[unit], KMH[unit]
    column = header.index(name)

    def speed(cells: Cells) -> float | None:
        if not cells[column].strip():
            return None
        kmh = table.number(cells[column], name) * factor
        if not 0 <= kmh <= FASTEST_KMH:
            raise table.wrong(
                f"{name} {cells[column]!r} is no speed of a vehicle; accepted: 0 to "
                f"{FASTEST_KMH / factor:.0f}, or an empty cell for unknown"
            )
        return kmh

    return speed


def _standstill(
    table: CsvTable, options: CsvSignals.Options, header: Cells
) -> Callable[[Cells], bool | None]:
    name = options.standstill_column
    if name not in header:
        return lambda cells: None
    column = header.index(name)

    def standstill(cells: Cells) -> bool | None:
        text = cells[column].strip().lower()
        if text and text not in _STANDSTILL:
            raise table.wrong(f"{name} must be 0, 1, true, false or empty, got {short(text)}")
        return _STANDSTILL.get(text)

    return standstill
