"""Turns the time stamps that a container really has into strictly increasing ones."""

from __future__ import annotations

from typing import Any

import cv2

from edgevid.media.opencv import PTS_PROPERTY
from edgevid.types import Gap

_STEP_BACK_SECONDS = 0.2
"""A larger step back means that recordings were joined; a smaller one is a muxer's glitch."""
_NUDGE_SECONDS = 1e-3


class Timeline:
    """pts of one source, in seconds."""

    def __init__(self, rate_hz: float | None) -> None:
        """Start at the first frame.

        Args:
            rate_hz: Header rate, used only for frames that carry no time stamp.
        """
        self._rate_hz = rate_hz
        self._offset = 0.0
        self._last: float | None = None
        self._last_stamp: float | None = None
        self._interval = 1.0 / rate_hz if rate_hz else 0.04
        self.num_frames = 0
        self.num_missing = 0
        self.num_repeated = 0

    @property
    def last_seconds(self) -> float:
        """Time of the newest frame; 0 before the first."""
        return self._last or 0.0

    @property
    def end_seconds(self) -> float:
        """Where the newest frame ends, if it lasts as long as the one before."""
        return self.last_seconds + self._interval if self.num_frames else 0.0

    def advance(self, capture: Any) -> tuple[float, Gap | None]:
        """Time of the frame just grabbed, and the gap before it if recordings were joined."""
        pts = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        stamp = capture.get(PTS_PROPERTY)
        # OpenCV gives 0 for a frame without a time stamp, and leaves the other property as it was.
        missing = self._last is not None and pts == 0.0 and stamp == self._last_stamp
        self._last_stamp = stamp
        return self.place(None if missing else pts)

    def place(self, pts: float | None) -> tuple[float, Gap | None]:
        """Put a container's pts, or None for a frame without one, on the timeline."""
        last, gap = self._last, None
        if last is None:
            # An edit list may start before zero.
            self._offset = max(0.0, -(pts or 0.0))
            placed = (pts or 0.0) + self._offset
        elif pts is None:
            self.num_missing += 1
            placed = last + self._interval
        else:
            placed = pts + self._offset
            if placed < last - _STEP_BACK_SECONDS:
                self._offset = last + self._interval - pts
                back, placed = last - placed, last + self._interval
                gap = Gap(last, placed, f"time stamps jump back by {back:.3f} s")
            elif placed <= last:
                self.num_repeated += 1
                placed = last + min(self._interval / 2, _NUDGE_SECONDS)
            elif self._last is not None:
                self._interval = placed - last
        self._last = placed
        self.num_frames += 1
        return placed, gap

    def warnings(self) -> list[str]:
        """What the user should know about the time stamps."""
        lines = []
        if self.num_missing and self.num_missing >= self.num_frames - 1:
            lines.append(
                f"the file carries no time stamps; its frames are spaced by the header's "
                f"{self._rate_hz or 25:g} Hz, which may not be the true rate"
            )
        elif self.num_missing:
            lines.append(
                f"{self.num_missing} frames carry no time stamp; they are spaced like the frame "
                f"before them"
            )
        if self.num_repeated:
            lines.append(
                f"{self.num_repeated} frames repeat an earlier time stamp; they were moved to "
                f"just after the frame before them"
            )
        return lines
