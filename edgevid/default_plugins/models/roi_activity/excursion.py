"""Peak detection on one region's signal, as it grows: is the region in an excursion now?"""

from __future__ import annotations

from collections import deque

import numpy as np

_SETTLED = 2.0
"""Factor by which the signal must exceed its usual level to be an excursion."""
_END_SHARE = 0.6
"""An excursion ends where the signal has lost this share of the peak's prominence."""


class Excursion:
    """Keeps a few seconds of a non-negative signal and finds the peak that is still going on."""

    def __init__(self, history_seconds: float, min_prominence: float) -> None:
        """Start quiet.

        Args:
            history_seconds: How far back prominence is judged.
            min_prominence: A lower peak is nothing, in units of the signal.
        """
        self._history_seconds = history_seconds
        self._min_prominence = min_prominence
        self._times: deque[float] = deque()
        self._values: deque[float] = deque()
        self._calm: deque[tuple[float, float]] = deque()
        self.active_since: float | None = None

    @property
    def _usual(self) -> float:
        """Median outside excursions: neither the rate nor a single spike moves it."""
        return float(np.median([value for _, value in self._calm])) if self._calm else 0.0

    def update(self, value: float, pts_seconds: float) -> float:
        """Take a value.

        Returns:
            Score in [0, 1): 0.5 at the lowest prominence that counts; low outside excursions.
        """
        self._times.append(pts_seconds)
        self._values.append(value)
        while self._times[0] < pts_seconds - self._history_seconds:
            self._times.popleft()
            self._values.popleft()
        needed = max(self._min_prominence, _SETTLED * self._usual)
        prominence = self._current_prominence(needed)
        if prominence > 0:
            if self.active_since is None:
                self.active_since = pts_seconds
            return prominence / (prominence + needed)
        self.active_since = None
        self._calm.append((pts_seconds, value))
        while self._calm[0][0] < pts_seconds - self._history_seconds:
            self._calm.popleft()
        return min(0.3, 0.5 * value / needed)

    def _current_prominence(self, needed: float) -> float:
        """Prominence of the peak whose extent reaches to now; 0 if there is none."""
        from scipy.signal import find_peaks, peak_widths

        # The future is unknown: closing the signal with zero lets the newest value be a peak.
        signal = np.array([0.0, *self._values, 0.0])
        if signal.max() < needed:
            return 0.0
        peaks, found = find_peaks(signal, prominence=needed, plateau_size=1)
        if not len(peaks):
            return 0.0
        _, _, _, ends = peak_widths(signal, peaks, rel_height=_END_SHARE)
        going_on = ends >= len(signal) - 2
        return float(found["prominences"][going_on].max(initial=0.0))
