"""Numbers over time, second by second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """One channel of a drive."""

    unit: str | None
    max_age_seconds: float
    """A value counts so long, if none follows."""
    seconds: Floats
    """Times on the drive's timeline, rising, (n,)."""
    values: Floats
    """(n,)."""

    @classmethod
    def of(
        cls, pairs: Sequence[tuple[float, float]], unit: str | None, max_age_seconds: float
    ) -> Series:
        """Build a series from times and values."""
        both = np.array(pairs, np.float64).reshape(-1, 2)
        return cls(unit, max_age_seconds, both[:, 0].copy(), both[:, 1].copy())

    def until(self, end_seconds: float) -> Series:
        """Return the part within a drive of that length."""
        inside = (self.seconds >= 0) & (self.seconds <= end_seconds)
        return Series(self.unit, self.max_age_seconds, self.seconds[inside], self.values[inside])

    def each_second(self) -> Seconds:
        """Return the mean, least and largest value of each second that has one."""
        if not len(self.seconds):
            nothing = np.empty(0)
            return Seconds(np.empty(0, np.int64), nothing, nothing, nothing, np.empty(0, np.int64))
        numbers = np.floor(self.seconds).astype(np.int64)
        second, first, n = np.unique(numbers, return_index=True, return_counts=True)
        with np.errstate(over="ignore"):
            mean = np.add.reduceat(self.values, first) / n
        return Seconds(
            second,
            mean,
            np.minimum.reduceat(self.values, first),
            np.maximum.reduceat(self.values, first),
            n,
        )

    def at_seconds(self, wanted: npt.NDArray[np.int64]) -> Floats:
        """The mean of each second asked for, or of one before that is not too old; else NaN."""
        known = self.each_second()
        if not len(known.second):
            return np.full(len(wanted), np.nan)
        newest = np.searchsorted(known.second, wanted, side="right") - 1
        found = known.mean[np.maximum(newest, 0)]
        age = wanted - known.second[np.maximum(newest, 0)]
        return np.where((newest >= 0) & (age <= self.max_age_seconds), found, np.nan)


@dataclass(frozen=True, eq=False)
class Seconds:
    """Values of the seconds that have one."""

    second: npt.NDArray[np.int64]
    mean: Floats
    minimum: Floats
    maximum: Floats
    n: npt.NDArray[np.int64]


def telemetry_rows(drive: str, channels: Mapping[str, Series]) -> Iterator[dict[str, Any]]:
    """Rows of ``telemetry``."""
    for name, series in channels.items():
        each = series.each_second()
        columns = (each.second, each.mean, each.minimum, each.maximum, each.n)
        for second, mean, least, most, n in zip(*(c.tolist() for c in columns), strict=True):
            yield {
                "drive": drive,
                "second": second,
                "channel": name,
                "unit": series.unit,
                "mean": mean,
                "min": least,
                "max": most,
                "n": n,
            }
