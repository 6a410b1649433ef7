"""History of the strip: a preallocated ring of interval ends and kinds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_CAPACITY = 4096


class History:
    """Times in rising order, each with the kind of the interval that ends there."""

    def __init__(self, window_seconds: float) -> None:
        """Start empty; reads go back at most ``window_seconds``."""
        # Neighbours closer than a pixel of a wide image are merged, so that any rate fits.
        self._closest_seconds = window_seconds / (_CAPACITY // 2)
        self._ends = np.empty(2 * _CAPACITY, np.float64)
        self._kinds = np.empty(2 * _CAPACITY, np.int64)
        self._start = self._stop = 0

    def __len__(self) -> int:
        return self._stop - self._start

    @property
    def newest(self) -> int:
        """Kind of the newest interval."""
        return int(self._kinds[self._stop - 1])

    def append(self, end_seconds: float, kind: int) -> None:
        """Add the interval from the last end to ``end_seconds``."""
        if len(self):
            end_seconds = max(end_seconds, float(self._ends[self._stop - 1]))
        if len(self) > 1 and self._kinds[self._stop - 1] == kind:
            # The interval grows.
            self._ends[self._stop - 1] = end_seconds
            return
        if len(self) > 1 and end_seconds - self._ends[self._stop - 2] < self._closest_seconds:
            self._ends[self._stop - 1] = end_seconds
            self._kinds[self._stop - 1] = kind
            return
        if self._stop == len(self._ends):
            self._start = self._stop - _CAPACITY
            for ring in (self._ends, self._kinds):
                ring[:_CAPACITY] = ring[self._start : self._stop].copy()
            self._start, self._stop = 0, _CAPACITY
        self._ends[self._stop], self._kinds[self._stop] = end_seconds, kind
        self._stop += 1
        self._start = max(self._start, self._stop - _CAPACITY)

    def at(self, times: npt.NDArray[np.float64], nothing: int) -> npt.NDArray[np.int64]:
        """Kinds at rising times; ``nothing`` after the newest end."""
        where = np.searchsorted(self._ends[self._start : self._stop], times)
        kinds = np.append(self._kinds[self._start : self._stop], nothing)
        return kinds[where]
