"""Reads channels of a file, on the timeline that the signals' plugin of its format has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from edgevid.default_plugins.signals.can import log_began
from edgevid.default_plugins.signals.can_decoder import SignalDecoder
from edgevid.default_plugins.signals.can_log import read_log
from edgevid.default_plugins.signals.csv_table import Cells, CsvTable
from edgevid.default_plugins.signals.gpx import read_points
from edgevid.default_plugins.signals.track import existing_file
from edgevid.errors import SignalsError
from edgevid.types import SourceInfo
from edgevid_batch.config.telemetry import ChannelConfig
from edgevid_batch.telemetry.series import Series

Wanted = Mapping[str, ChannelConfig]


def read_csv(path: Path, options: Any, info: SourceInfo, wanted: Wanted) -> dict[str, Series]:
    """Columns of a table; an empty cell is unknown.

    Raises:
        SignalsError: Naming file and line of the first mistake.
    """
    table = CsvTable(path, options, info)

    def reading(header: Cells) -> Callable[[Cells], list[float]]:
        names = [str(channel.column) for channel in wanted.values()]
        for name, channel in zip(names, wanted, strict=True):
            if name not in header:
                raise table.missing(header, f"{channel}: {name}", f"channels.{channel}")
        places = [(name, header.index(name)) for name in names]
        return lambda cells: [
            table.number(cells[place], name) if cells[place].strip() else math.nan
            for name, place in places
        ]

    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in wanted}
    for at_seconds, values in table.rows(reading):
        for name, value in zip(wanted, values, strict=True):
            if not math.isnan(value):
                pairs[name].append((at_seconds, value))
    age = options.max_age_seconds
    return {name: Series.of(pairs[name], wanted[name].unit, age) for name in wanted}


def read_can(path: Path, options: Any, info: SourceInfo, wanted: Wanted) -> dict[str, Series]:
    """Signals of a log.

    Raises:
        SignalsError: If DBC, message, signal or log are not what is asked for.
    """
    dbc = existing_file("signals can", options.dbc, "a DBC by the option dbc")
    decoders = {
        name: SignalDecoder(dbc, str(channel.message), str(channel.signal))
        for name, channel in wanted.items()
    }
    began, found = read_log(path, list(decoders.values()))
    shift = options.offset_seconds - log_began(path, began, options.align, info)
    series = {}
    for (name, decoder), values in zip(decoders.items(), found, strict=True):
        pairs = [(stamp + shift, value) for stamp, value in values if value is not None]
        unit = wanted[name].unit or decoder.unit or None
        series[name] = Series.of(pairs, unit, options.max_age_seconds)
    return series


def read_gpx(path: Path, options: Any, info: SourceInfo, wanted: Wanted) -> dict[str, Series]:
    """Elements of a track's points.

    Raises:
        SignalsError: If it is no track, or none of its points has one of them.
    """
    points = read_points(path, options, info)
    series = {}
    for name, channel in wanted.items():
        column = str(channel.column)
        pairs = [(p.at_seconds, p.values[column]) for p in points if column in p.values]
        if not pairs:
            there = ", ".join(sorted({key for p in points for key in p.values})) or "none"
            raise SignalsError(f"signals gpx: {path}: no point has {column!r}; there are: {there}")
        series[name] = Series.of(pairs, channel.unit, options.max_age_seconds)
    return series


READ = {"csv": read_csv, "can": read_can, "gpx": read_gpx}
