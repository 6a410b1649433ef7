"""Latencies as percentiles and counts, in memory that does not grow over weeks of running."""

from __future__ import annotations

import math
import threading

import numpy as np
from pydantic import Field

from edgevid.strict import StrictModel

_FLOOR_SECONDS = 1e-6
_GROWTH = 1.02
_NUM_BINS = 1 + math.ceil(math.log(1e3 / _FLOOR_SECONDS) / math.log(_GROWTH))


class StageLatency(StrictModel):
    """Latency of one stage, milliseconds; percentiles are exact to 2 %."""

    count: int = Field(ge=0)
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class LatencyHistogram:
    """Counts latencies in bins that grow by 2 %, from 1 microsecond to a quarter of an hour."""

    def __init__(self) -> None:
        """Start empty."""
        self._bins = np.zeros(_NUM_BINS, np.int64)
        self._sum_seconds = 0.0
        self._max_seconds = 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """Count one latency."""
        seconds = max(seconds, 0.0)
        place = math.ceil(math.log(max(seconds, _FLOOR_SECONDS) / _FLOOR_SECONDS) / _LOG_GROWTH)
        with self._lock:
            self._bins[min(place, _NUM_BINS - 1)] += 1
            self._sum_seconds += seconds
            self._max_seconds = max(self._max_seconds, seconds)

    def summary(self) -> StageLatency:
        """Percentiles so far; zeros if nothing was counted."""
        with self._lock:
            bins, total, most = self._bins.copy(), self._sum_seconds, self._max_seconds
        count = int(bins.sum())
        if not count:
            return StageLatency(count=0, mean_ms=0, p50_ms=0, p95_ms=0, p99_ms=0, max_ms=0)
        reached = np.cumsum(bins)

        def percentile(share: float) -> float:
            place = int(np.searchsorted(reached, math.ceil(share * count)))
            return _ms(min(_FLOOR_SECONDS * _GROWTH**place, most))

        return StageLatency(
            count=count,
            mean_ms=_ms(total / count),
            p50_ms=percentile(0.50),
            p95_ms=percentile(0.95),
            p99_ms=percentile(0.99),
            max_ms=_ms(most),
        )


class Stages:
    """A histogram for each stage of the pipeline, made when first used."""

    def __init__(self) -> None:
        """Start empty."""
        self._histograms: dict[str, LatencyHistogram] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Count one latency of ``stage``."""
        histogram = self._histograms.get(stage)
        if histogram is None:
            histogram = self._histograms.setdefault(stage, LatencyHistogram())
        histogram.add(seconds)

    def summary(self) -> dict[str, StageLatency]:
        """Stage name → latency, in the order of first use."""
        return {name: histogram.summary() for name, histogram in list(self._histograms.items())}


_LOG_GROWTH = math.log(_GROWTH)


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 4)
