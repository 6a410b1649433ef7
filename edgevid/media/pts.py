"""Turns the time stamps that a container really has into strictly increasing ones."""

from __future__ import annotations

from fractions import Fraction

from edgevid.types import Gap

_STEP_BACK_SECONDS = 0.2
"""A larger step back means that recordings were joined; a smaller one is a muxer's glitch."""
_NUDGE_SECONDS = 1e-3
TS_WRAP_SECONDS = 2**33 / 90_000
"""Seconds after which a transport stream's 33-bit clock overflows, 26.5 h."""


class PtsRepair:
    """Times of one source's frames, in seconds."""

    def __init__(self, rate_hz: float | None, wrap_seconds: float | None = None) -> None:
        """Start at the first frame.

        Args:
            rate_hz: Header rate, used only for frames that carry no time stamp.
            wrap_seconds: How long the container's clock runs before it overflows.
        """
        self.rate_hz = rate_hz
        """Frames per second as the header says."""
        self._wrap_seconds = wrap_seconds
        self._offset = 0.0
        self._last: float | None = None
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
        """End of the newest frame, if it lasts as long as the one before."""
        return self.last_seconds + self._interval if self.num_frames else 0.0

    def place(self, pts: float | None) -> tuple[float, Gap | None]:
        """Put a container's time stamp on the source's timeline.

        Args:
            pts: Seconds; None for a frame without a time stamp.

        Returns:
            Seconds, later than those of the frame before, and the gap between the two if
            recordings were joined there.
        """
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
            back = self._step_back(last, placed)
            if back > _STEP_BACK_SECONDS:
                self._offset = last + self._interval - pts
                placed = last + self._interval
                gap = Gap(last, placed, f"time stamps jump back by {back:.3f} s")
            elif placed <= last:
                self.num_repeated += 1
                placed = last + min(self._interval / 2, _NUDGE_SECONDS)
            else:
                self._interval = placed - last
        self._last = placed
        self.num_frames += 1
        return placed, gap

    def _step_back(self, last: float, placed: float) -> float:
        """Seconds that the container's clock was set back by; negative where it went on."""
        if self._wrap_seconds and placed - last > self._wrap_seconds / 2:
            # FFmpeg takes a clock that was started anew for one that overflowed.
            return last + self._wrap_seconds - placed
        return last - placed

    def warnings(self) -> list[str]:
        """Warnings about the time stamps."""
        lines = []
        if self.num_missing and self.num_missing >= self.num_frames - 1:
            lines.append(
                f"the file carries no time stamps; its frames are spaced by the header's "
                f"{self.rate_hz or 25:g} Hz, which may not be the true rate"
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


def stream_seconds(ticks: int, start: int, time_base: Fraction) -> float:
    """Seconds from a stream's start, rounded as OpenCV rounds them.

    Args:
        ticks: Time stamp in units of the time base.
        start: That of the stream's start.
        time_base: Of the stream.
    """
    tick_seconds: float = time_base.numerator / time_base.denominator
    return (ticks - start) * tick_seconds * 1000 / 1000.0
