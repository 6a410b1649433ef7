"""Picks frames by pts at the model's rate, whatever the camera delivers."""

from __future__ import annotations

import math

_LARGEST_SLACK = 0.25
_ROUNDING = 1e-9


class Resampler:
    """A grid of times, anchored at the first frame, and the frame nearest to each of them.

    Anchoring keeps the mean rate exact: 29.97 or jittery frames are early or late by at most one
    source frame and never drift. "Nearest" is judged without looking ahead: a frame counts for a
    grid time that is less than half the last source interval away. Nothing here looks at a clock
    or counts frames, so the same pts give the same picks live and from a recording.
    """

    def __init__(self, rate_hz: float) -> None:
        """Create a resampler for ``rate_hz`` picks per second."""
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise ValueError(f"rate_hz must be positive, got {rate_hz}")
        self._period_seconds = 1.0 / rate_hz
        self._last_seconds: float | None = None
        self._anchor_seconds: float | None = None
        self._next_step = 0

    def due(self, pts_seconds: float) -> bool:
        """Whether a frame with this pts would be picked. Changes nothing."""
        if self._anchor_seconds is None:
            return True
        next_seconds = self._anchor_seconds + self._next_step * self._period_seconds
        return pts_seconds >= next_seconds - self._slack(pts_seconds)

    def pick(self, pts_seconds: float) -> None:
        """The frame with this pts was picked; grid times up to it are over."""
        if self._anchor_seconds is None:
            self._anchor_seconds = pts_seconds
        reached = pts_seconds + self._slack(pts_seconds) - self._anchor_seconds
        self._next_step = math.floor(reached / self._period_seconds + _ROUNDING) + 1
        self._last_seconds = pts_seconds

    def skip(self, pts_seconds: float) -> None:
        """The frame with this pts was not picked."""
        self._last_seconds = pts_seconds

    def reset(self) -> None:
        """Anchor anew at the next frame."""
        self._anchor_seconds = None
        self._last_seconds = None
        self._next_step = 0

    def _slack(self, pts_seconds: float) -> float:
        """How early a frame may be: half a source interval, but never far into the period."""
        if self._last_seconds is None:
            return 0.0
        interval = max(0.0, pts_seconds - self._last_seconds)
        return min(0.5 * interval, _LARGEST_SLACK * self._period_seconds)
