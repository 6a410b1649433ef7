"""Waits between attempts, and when to give up. No clock inside: time is passed in."""

from __future__ import annotations

import random
from collections import deque


class Backoff:
    """Exponentially growing delays with jitter, so that many cameras do not return as one."""

    def __init__(
        self, initial_seconds: float, max_seconds: float, rng: random.Random | None = None
    ) -> None:
        """Start small.

        Args:
            initial_seconds: First delay, before jitter.
            max_seconds: Largest delay, before jitter.
            rng: Where the jitter comes from.
        """
        self._initial = initial_seconds
        self._max = max_seconds
        self._rng = rng or random.Random()
        self._next = initial_seconds

    def next_delay(self) -> float:
        """Seconds to wait now: between half and all of the doubling delay."""
        delay = min(self._next, self._max)
        self._next = min(self._next * 2, self._max)
        return delay * (0.5 + 0.5 * self._rng.random())

    def reset(self) -> None:
        """Start small again."""
        self._next = self._initial


class RestartBudget:
    """At most so many restarts in a sliding window."""

    def __init__(self, max_restarts: int, window_seconds: float) -> None:
        """Start unspent.

        Args:
            max_restarts: Restarts that are allowed within the window.
            window_seconds: Length of the window.
        """
        self.max_restarts = max_restarts
        self.window_seconds = window_seconds
        self._restarts: deque[float] = deque()

    def take(self, now: float) -> bool:
        """Take one restart at time ``now``; False if none is left."""
        while self._restarts and self._restarts[0] <= now - self.window_seconds:
            self._restarts.popleft()
        if len(self._restarts) >= self.max_restarts:
            return False
        self._restarts.append(now)
        return True
