"""Whether the runtime can say what the driver does, beside what it says."""

from __future__ import annotations

from edgevid.events.policy import AvailabilityRules
from edgevid.types import Availability

_ROUNDING_SECONDS = 1e-6


class AvailabilityTracker:
    """ok, warming_up, degraded, no_driver, no_signal: one at a time, each with its reason."""

    def __init__(self, rules: AvailabilityRules) -> None:
        """Start before the first prediction."""
        self._rules = rules
        self._state: str | None = None
        self._source_id = ""
        self._changes: list[Availability] = []
        self.restart()

    def restart(self) -> None:
        """The stream starts anew: the model warms up again."""
        self._is_warm = False
        self._uncertain_seconds = 0.0
        self._hidden_seconds = 0.0
        self._clear_seconds = 0.0

    def update(
        self,
        now_seconds: float,
        dt_seconds: float,
        *,
        is_usable: bool,
        is_uncertain: bool,
        is_hidden: bool,
        source_id: str,
    ) -> None:
        """Take what one prediction says."""
        self._source_id = source_id
        rules = self._rules
        self._is_warm = self._is_warm or is_usable
        if not self._is_warm:
            self._enter("warming_up", now_seconds, "the model is warming up")
            return
        uncertain = is_uncertain or not is_usable
        self._uncertain_seconds = self._uncertain_seconds + dt_seconds if uncertain else 0.0
        self._hidden_seconds = self._hidden_seconds + dt_seconds if is_hidden else 0.0
        self._clear_seconds = 0.0 if uncertain or is_hidden else self._clear_seconds + dt_seconds
        if _reached(self._hidden_seconds, rules.no_driver_seconds):
            reason = f"the driver was not in sight for {rules.no_driver_seconds:g} s"
            self._enter("no_driver", now_seconds, reason)
        elif _reached(self._uncertain_seconds, rules.degraded_seconds):
            what = "the model was uncertain" if is_usable else "scores were unusable"
            self._enter("degraded", now_seconds, f"{what} for {rules.degraded_seconds:g} s")
        elif self._state in ("degraded", "no_driver"):
            if _reached(self._clear_seconds, rules.clear_seconds):
                self._enter("ok", now_seconds, f"certain for {rules.clear_seconds:g} s")
        else:
            self._enter("ok", now_seconds, "the warm-up is over")

    def lose_signal(self, start_seconds: float, reason: str) -> None:
        """Handle a gap, from its start on."""
        self._enter("no_signal", start_seconds, reason)
        self.restart()

    def take(self) -> list[Availability]:
        """Changes since this was last asked."""
        changes, self._changes = self._changes, []
        return changes

    def _enter(self, state: str, now_seconds: float, reason: str) -> None:
        if state != self._state:
            self._state = state
            self._changes.append(Availability(state, now_seconds, reason, self._source_id))  # type: ignore[arg-type]  # one of the five


def _reached(seconds: float, limit_seconds: float) -> bool:
    return seconds >= limit_seconds - _ROUNDING_SECONDS
