"""``gpx``: speed from a track of positions."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from edgevid.errors import SignalsError, one_line
from edgevid.interfaces import Channel, ChannelValues, Signals
from edgevid.speed_track import (
    FASTEST_KMH,
    KMH,
    Track,
    TrackOptions,
    existing_file,
    source_began,
)
from edgevid.types import SourceInfo, Vehicle

_LARGEST_BYTES = 1 << 28


class GpxSignals(Signals):
    """The speed that the points of a track carry, or else from one point to the next."""

    class Options(TrackOptions):
        """Options of ``gpx``."""

        align: Literal["start", "utc"] = Field(
            default="start",
            description="start: the track begins with the source; utc: by the wall clock of both, "
            "if the start of the source is known.",
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._track = Track(options)
        self.max_age_seconds = options.max_age_seconds

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get gpxpy."""
        if importlib.util.find_spec("gpxpy") is not None:
            return None
        return 'gpxpy is needed; pip install "edgevid[gpx]"'

    def open(self, info: SourceInfo) -> None:
        """Read the whole track.

        Raises:
            SignalsError: If it is no track, or has no times.
        """
        path = existing_file("signals gpx", self.target, "a track, for example gpx:drive.gpx")
        points = read_points(path, self.options, info)
        if all(point.speed_kmh is None for point in points):
            raise SignalsError(
                f"signals gpx: {path}: no speed: it needs two points in a row with times"
            )
        self._track = Track(self.options)
        for point in points:
            self._track.add(point.at_seconds, point.speed_kmh)

    def speeds(self) -> list[tuple[float, float]]:
        """Every known speed that was read."""
        return self._track.speeds()

    def channels(self, info: SourceInfo, wanted: Mapping[str, Channel]) -> dict[str, ChannelValues]:
        """Read elements of the track's points.

        Raises:
            SignalsError: If it is no track, or none of its points has one of them.
        """
        path = existing_file("signals gpx", self.target, "a track, for example gpx:drive.gpx")
        points = read_points(path, self.options, info)
        found = {}
        for name, channel in wanted.items():
            column = str(channel.column)
            values = [(p.at_seconds, p.values[column]) for p in points if column in p.values]
            if not values:
                there = ", ".join(sorted({key for p in points for key in p.values})) or "none"
                raise SignalsError(
                    f"signals gpx: {path}: no point has {column!r}; there are: {there}"
                )
            found[name] = ChannelValues(channel.unit, values)
        return found

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest value that is neither of the future nor too old."""
        return self._track.at(pts_seconds)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a track."""

    at_seconds: float
    """On the source's timeline."""
    speed_kmh: float | None
    values: dict[str, float] = field(default_factory=dict)
    """Every number that it carries, by the name of its element: ele, hr, cad, …"""


def read_points(path: Path, options: GpxSignals.Options, info: SourceInfo) -> list[Point]:
    """Points in the order of time.

    Raises:
        SignalsError: If it is no track, or its times do not say where it belongs.
    """
    points = list(_points(path, _parsed(path)))
    if not points:
        raise SignalsError(f"signals gpx: {path}: holds no points with times")
    began = points[0].at_seconds if options.align == "start" else source_began("gpx", info)
    last = -math.inf
    placed = []
    for point in points:
        at_seconds = point.at_seconds - began + options.offset_seconds
        if at_seconds < last:
            raise SignalsError(
                f"signals gpx: {path}: a point is {last - at_seconds:g} s before the one above it; "
                f"give one drive in the order of time"
            )
        last = at_seconds
        placed.append(Point(at_seconds, point.speed_kmh, point.values))
    return placed


def _parsed(path: Path) -> Any:
    import gpxpy

    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise SignalsError(f"signals gpx: {path}: is too large for a track")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SignalsError(f"signals gpx: {path}: is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise SignalsError(f"signals gpx: {path}: cannot be read: {error.strerror}") from error
    # Entities make a small file huge, or read other files; no track needs them.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SignalsError(f"signals gpx: {path}: defines a document type, which no track needs")
    try:
        return gpxpy.parse(text)
    except Exception as error:  # parsers raise whatever a malformed file makes of them
        raise SignalsError(f"signals gpx: {path}: is no GPX: {one_line(error, 200)}") from error


def _points(path: Path, parsed: Any) -> Iterator[Point]:
    """Points with seconds since 1970."""
    for track in parsed.tracks:
        for segment in track.segments:
            before: Any = None
            for point in segment.points:
                if point.time is None:
                    continue
                values = _values(point)
                speed = values.get("speed", _between(before, point))
                kmh = None if speed is None else speed * KMH["mps"]
                known = kmh is not None and 0 <= kmh <= FASTEST_KMH
                yield Point(point.time.timestamp(), kmh if known else None, values)
                before = point


def _between(before: Any, point: Any) -> float | None:
    """Metres in a second since the point before."""
    seconds = 0.0 if before is None else (point.time - before.time).total_seconds()
    if seconds <= 0:
        return None
    return float(point.distance_2d(before) or 0.0) / seconds


def _values(point: Any) -> dict[str, float]:
    known = {"ele": point.elevation, "speed": point.speed}
    found = {name: value for name, value in known.items() if value is not None}
    for extension in point.extensions:
        for element in extension.iter():
            # {http://www.garmin.com/xmlschemas/TrackPointExtension/v1}hr
            found.setdefault(str(element.tag).rpartition("}")[2], element.text)
    values = {}
    for name, text in found.items():
        try:
            number = float(text)
        except (TypeError, ValueError):
            continue
        if math.isfinite(number):
            values[name] = number
    return values
