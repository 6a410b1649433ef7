"""Intervals by drawing whole drivers, for the seconds of a driver are not independent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgevid_batch.config.telemetry import StudyConfig

Floats = npt.NDArray[np.float64]
Draws = npt.NDArray[np.int64]

_AT_ONCE = 2_000_000
_MOST_UNDEFINED = 0.05


@dataclass(frozen=True)
class Interval:
    """Bounds; None with a reason if there are none."""

    low: float | None = None
    high: float | None = None
    warning: str | None = None


def interval(
    statistic: Callable[[Draws], Floats], num_drivers: int, config: StudyConfig
) -> Interval:
    """The percentile interval of a statistic.

    Args:
        statistic: Of draws, (draws, num_drivers) numbers of drivers, one value each; NaN where it
            cannot be computed.
        num_drivers: To draw from.
        config: How often, how sure, and the seed: equal numbers give equal intervals.
    """
    if num_drivers < 2:
        return Interval(warning=f"no interval: {num_drivers} driver")
    random = np.random.default_rng([config.seed, num_drivers])
    values, left = [], config.resamples
    while left:
        count = min(left, max(_AT_ONCE // num_drivers, 1))
        values.append(statistic(random.integers(0, num_drivers, (count, num_drivers))))
        left -= count
    found = np.concatenate(values)
    defined = found[np.isfinite(found)]
    if len(defined) < (1 - _MOST_UNDEFINED) * len(found):
        part = 1 - len(defined) / len(found)
        return Interval(
            warning=f"no interval: {part:.0%} of the draws of drivers leave nothing to compare"
        )
    tail = (1 - config.confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))
