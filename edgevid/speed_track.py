"""Speed and standstill over time, and the options that plugins for signals share."""

from __future__ import annotations

import math
import threading
from array import array
from bisect import bisect_right
from pathlib import Path

from pydantic import Field

from edgevid.errors import SignalsError
from edgevid.interfaces import Options
from edgevid.types import SourceInfo, Vehicle
from edgevid.utc import parse_utc

KMH = {"kmh": 1.0, "mps": 3.6, "mph": 1.609344}
"""Factor of each unit to km/h."""
FASTEST_KMH = 400.0
"""Higher speeds count as errors of the sensor."""

_UNKNOWN = -1


class TrackOptions(Options):
    """Options of every signals plugin."""

    offset_seconds: float = Field(
        default=0.0,
        allow_inf_nan=False,
        description="Added to every time of the signals, to bring them onto the source's timeline.",
    )
    max_age_seconds: float = Field(
        default=2.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest age of a value; older ones are unknown.",
    )
    standstill_kmh: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="Speed at or below which the vehicle stands still, unless the signals report "
        "standstill themselves.",
    )


class Track:
    """Values in the order of time; from any thread."""

    def __init__(self, options: TrackOptions, *, keep: int | None = None) -> None:
        """Start empty.

        Args:
            options: What is too old, and what is standstill.
            keep: Forget the oldest when there are more than twice as many; None keeps all.
        """
        self._options = options
        self._keep = keep
        self._times = array("d")
        self._speeds = array("d")
        self._standstills = array("b")
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._times)

    def add(
        self, at_seconds: float, speed_kmh: float | None, standstill: bool | None = None
    ) -> None:
        """Add a value at a time that is not before the last one; None is unknown."""
        with self._lock:
            self._times.append(at_seconds)
            self._speeds.append(math.nan if speed_kmh is None else speed_kmh)
            self._standstills.append(_UNKNOWN if standstill is None else standstill)
            if self._keep is not None and len(self._times) > 2 * self._keep:
                for values in (self._times, self._speeds, self._standstills):
                    del values[: -self._keep]

    def speeds(self) -> list[tuple[float, float]]:
        """Time and speed of what is known, in km/h."""
        with self._lock:
            pairs = zip(self._times, self._speeds, strict=True)
            return [(at, speed) for at, speed in pairs if not math.isnan(speed)]

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest value that is neither of the future nor too old."""
        with self._lock:
            newest = bisect_right(self._times, pts_seconds) - 1
            if newest < 0 or pts_seconds - self._times[newest] > self._options.max_age_seconds:
                return Vehicle()
            speed, standstill = self._speeds[newest], self._standstills[newest]
        known = None if math.isnan(speed) else speed
        if standstill != _UNKNOWN:
            return Vehicle(known, bool(standstill))
        return Vehicle(known, None if known is None else known <= self._options.standstill_kmh)


def existing_file(name: str, target: str | None, expected: str) -> Path:
    """The file that a target names.

    Raises:
        SignalsError: If there is no such file.
    """
    if not target or "\0" in target:
        raise SignalsError(f"{name}: {target!r} is no file name; give {expected}")
    path = Path(target).expanduser()
    try:
        if not path.exists():
            raise SignalsError(f"{name}: {path}: no such file; give {expected}")
        if not path.is_file():
            raise SignalsError(f"{name}: {path} is not a file; give {expected}")
    except OSError as error:
        raise SignalsError(f"{name}: {path}: cannot be read: {error.strerror}") from error
    return path


def source_began(name: str, info: SourceInfo) -> float:
    """Wall clock at 0 s of a source, seconds since 1970.

    Raises:
        SignalsError: If it is unknown.
    """
    if info.started_utc is None:
        raise SignalsError(
            f"signals {name}: align: utc needs the wall clock of the source, and {info.uri} has "
            f"no known start time; use align: start and offset_seconds"
        )
    try:
        return parse_utc(info.started_utc).timestamp()
    except ValueError as error:
        raise SignalsError(
            f"signals {name}: {info.uri} began at {info.started_utc!r}, which is not ISO 8601"
        ) from error
