"""Levels of an event: by time, with recovery and caps by speed."""

from __future__ import annotations

from edgevid.events.policy import Policy, Rules
from edgevid.events.timers import ContinuousTimer, WindowTimer
from edgevid.types import LevelChange, Vehicle

_ROUNDING_SECONDS = 1e-6


class Escalator:
    """The level of one group. It outlives events: a driver who starts again is not at zero."""

    def __init__(self, policy: Policy, rules: Rules) -> None:
        """Start at level 0."""
        self._levels = rules.levels
        self._speed = policy.speed
        self._rules = rules
        self._recovery = policy.recovery
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        top = self._levels[-1] if self._levels else 0.0
        self._timer = ContinuousTimer(top, self._recovery.slowest, self._recovery.fastest)
        window = self._rules.cumulative
        self._window = WindowTimer(window.window_seconds, window.reset_seconds) if window else None
        self.level = 0

    @property
    def continuous_seconds(self) -> float:
        """Time on the continuous timer."""
        return self._timer.seconds

    @property
    def cumulative_seconds(self) -> float:
        """Time accumulated in the window; 0 if the rules have none."""
        return self._window.seconds if self._window else 0.0

    @property
    def top_level(self) -> int:
        """The highest level there is; 0 if the rules have none."""
        cumulative = self._rules.cumulative
        return max(len(self._levels), cumulative.level if cumulative else 0)

    def update(
        self,
        evident_seconds: float,
        quiet_seconds: float,
        now_seconds: float,
        vehicle: Vehicle,
        *,
        recovers: bool,
    ) -> LevelChange | None:
        """Let time pass.

        Args:
            evident_seconds: Of evidence, since the last call.
            quiet_seconds: Without evidence, since the last call.
            now_seconds: pts.
            vehicle: Its speed decides caps and times.
            recovers: Whether the quiet time counts as recovery.

        Returns:
            The change of level, if it changed.
        """
        cap = self._cap(vehicle)
        if evident_seconds > 0:
            self._timer.fill(evident_seconds)
        if recovers:
            self._timer.recover(quiet_seconds)
        self._limit(cap, vehicle)
        if self._window is not None:
            if evident_seconds > 0:
                self._window.fill(now_seconds, evident_seconds)
            elif recovers:
                self._window.rest(now_seconds, quiet_seconds)
        level, reason = self._reached(vehicle)
        level = level if cap is None else min(level, cap)
        if level == self.level:
            return None
        if level < self.level:
            capped = cap is not None and self.level > cap
            reason = "slow or standing" if capped else "recovered"
        self.level = level
        return LevelChange(now_seconds, level, reason)

    def _limit(self, cap: int | None, vehicle: Vehicle) -> None:
        """Hold no more than the highest level takes that is possible now."""
        levels, rules = self._levels, self._rules.cumulative
        if cap is None or cap >= len(levels):
            # An hour on the phone takes no longer to recover from than the top level does.
            if levels:
                self._timer.limit(levels[-1] * self._factor(vehicle))
        else:
            # Whoever drives off again has the time to put the phone away.
            self._timer.limit(levels[cap - 1] if cap else 0.0)
        if cap is not None and self._window is not None and rules is not None and rules.level > cap:
            self._window.clear()

    def _cap(self, vehicle: Vehicle) -> int | None:
        speed = self._speed
        slow = vehicle.speed_kmh is not None and vehicle.speed_kmh < speed.exempt_below_kmh
        return speed.exempt_max_level if slow or vehicle.standstill else None

    def _reached(self, vehicle: Vehicle) -> tuple[int, str]:
        seconds = self._timer.seconds + _ROUNDING_SECONDS
        factor = self._factor(vehicle)
        reached = sum(seconds >= level * factor for level in self._levels)
        # A level is left when the timer has run down to where the one below begins.
        held = min(self.level, len(self._levels))
        while held > reached and seconds <= self._below(held) + 2 * _ROUNDING_SECONDS:
            held -= 1
        level, reason = max(held, reached), f"continuous {self._timer.seconds:.1f} s"
        rules = self._rules.cumulative
        if rules is not None and self._window is not None and rules.level > level:
            together = self._window.seconds
            if together >= rules.seconds - _ROUNDING_SECONDS:
                return rules.level, f"{together:.1f} s within {rules.window_seconds:g} s"
        return level, reason

    def _below(self, level: int) -> float:
        return self._levels[level - 2] if level > 1 else 0.0

    def _factor(self, vehicle: Vehicle) -> float:
        speed = vehicle.speed_kmh
        if self._cap(vehicle) is not None:
            return 1.0
        is_slow = speed is not None and speed < self._speed.slow_below_kmh
        return self._speed.slow_factor if is_slow else 1.0
