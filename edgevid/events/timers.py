"""Durations of behaviour: continuous, and within a window."""

from __future__ import annotations

from collections import deque

_ROUNDING_SECONDS = 1e-6


class ContinuousTimer:
    """Fills in real time and runs down faster, the faster the fuller it is.

    A glance back does not clear it, and a driver who is distracted again soon does not start from
    zero. The idea is openpilot's awareness (selfdrive/monitoring).
    """

    def __init__(self, full_seconds: float, slowest: float, fastest: float) -> None:
        """Start empty; ``full_seconds`` is where it runs down fastest."""
        self._full_seconds = full_seconds
        self._slowest = slowest
        self._fastest = fastest
        self.seconds = 0.0

    def fill(self, dt_seconds: float) -> None:
        """Evidence for so long."""
        self.seconds += dt_seconds

    def recover(self, dt_seconds: float) -> None:
        """No evidence for so long."""
        share = min(1.0, self.seconds / self._full_seconds) if self._full_seconds > 0 else 1.0
        speed = self._slowest + (self._fastest - self._slowest) * share
        self.seconds = max(0.0, self.seconds - speed * dt_seconds)

    def limit(self, seconds: float) -> None:
        """Hold not more than so much."""
        self.seconds = min(self.seconds, seconds)


class WindowTimer:
    """Evidence that adds up within a sliding window."""

    def __init__(self, window_seconds: float, reset_seconds: float) -> None:
        """Start empty; nothing for ``reset_seconds`` empties it."""
        self._window_seconds = window_seconds
        self._reset_seconds = reset_seconds
        self._pieces: deque[tuple[float, float]] = deque()
        self._quiet_seconds = 0.0
        self.seconds = 0.0

    def fill(self, now_seconds: float, dt_seconds: float) -> None:
        """Evidence for the last ``dt_seconds``."""
        self._pieces.append((now_seconds, dt_seconds))
        self.seconds += dt_seconds
        self._quiet_seconds = 0.0
        self._slide(now_seconds)

    def rest(self, now_seconds: float, dt_seconds: float) -> None:
        """No evidence for the last ``dt_seconds``."""
        self._quiet_seconds += dt_seconds
        if self._quiet_seconds >= self._reset_seconds - _ROUNDING_SECONDS:
            self.clear()
        self._slide(now_seconds)

    def clear(self) -> None:
        """Empty it."""
        self._pieces.clear()
        self.seconds = 0.0

    def _slide(self, now_seconds: float) -> None:
        oldest = now_seconds - self._window_seconds
        while self._pieces and self._pieces[0][0] <= oldest + _ROUNDING_SECONDS:
            self.seconds -= self._pieces.popleft()[1]
        if not self._pieces:
            # What rounding left.
            self.seconds = 0.0
