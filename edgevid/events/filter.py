"""A first-order filter in seconds with a dead band: what flickers neither starts nor ends."""

from __future__ import annotations

import math


class BandFilter:
    """Low-pass with a time constant, then on above ``enter`` and off below ``exit``.

    The filter starts at zero, so that a first noisy score cannot switch it on.
    """

    def __init__(self, tau_seconds: float, enter: float, exit_: float) -> None:
        """Create it, off."""
        self._tau_seconds = tau_seconds
        self._enter = enter
        self._exit = exit_
        self.value = 0.0
        self.is_on = False

    def update(self, score: float, dt_seconds: float) -> bool:
        """Take a score that stands for the last ``dt_seconds``; returns whether it is on."""
        weight = 1.0 if self._tau_seconds <= 0 else -math.expm1(-dt_seconds / self._tau_seconds)
        self.value += weight * (score - self.value)
        self.is_on = self.value >= self._exit if self.is_on else self.value > self._enter
        return self.is_on
