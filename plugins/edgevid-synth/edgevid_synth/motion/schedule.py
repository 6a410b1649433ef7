"""Schedule of the actions of a clip or a drive, and the pose at any time."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgevid_synth.labels import BACKGROUND
from edgevid_synth.motion.action import Action
from edgevid_synth.motion.keys import PoseKey

Phase = Literal["approach", "hold", "retract"]
_TAKE = 0.5
"""Fraction of the approach after which the prop is in the hand; the retract mirrors it."""


@dataclass(frozen=True)
class ScheduledAction:
    """An action with its times, seconds: [start, end)."""

    action: Action
    start: float
    end: float
    approach: float
    retract: float

    def phase(self, t: float) -> Phase:
        """The phase at a time; safe driving is always ``hold``."""
        if self.action.label == BACKGROUND:
            return "hold"
        if t < self.start + self.approach:
            return "approach"
        return "retract" if t >= self.end - self.retract else "hold"

    def holds_prop(self, t: float) -> bool:
        """True while the prop is in the hand."""
        taken = self.start + self.approach * _TAKE
        given = self.end - self.retract * _TAKE
        return self.action.prop is not None and taken <= t < given


@dataclass(frozen=True)
class MotionState:
    """The current action and the blend of two key poses."""

    scheduled: ScheduledAction
    phase: Phase
    before: PoseKey
    after: PoseKey
    blend: float
    """0 at ``before``, 1 at ``after``."""
    holds_prop: bool

    @property
    def label(self) -> str:
        """The behaviour."""
        return self.scheduled.action.label


class Schedule:
    """Acts one after the other; before the first and after the last it is as at their ends."""

    def __init__(
        self, actions: Sequence[ScheduledAction], habit: PoseKey, rng: np.random.Generator
    ) -> None:
        """Lay out the poses.

        Args:
            actions: In order, each beginning where the one before ends.
            habit: The pose between actions.
            rng: Draws how fast each pose is reached.
        """
        self.actions = tuple(actions)
        self._starts = [scheduled.start for scheduled in actions]
        keyframes: list[tuple[float, PoseKey]] = []
        for scheduled in actions:
            keyframes += _keyframes(scheduled, habit, rng)
        self._times = [time for time, _ in keyframes]
        self._poses = [pose for _, pose in keyframes]

    def at(self, t: float) -> MotionState:
        """The motion state at a time, seconds."""
        number = max(0, bisect.bisect_right(self._starts, t) - 1)
        scheduled = self.actions[number]
        after = bisect.bisect_right(self._times, t)
        before = max(0, after - 1)
        after = min(after, len(self._times) - 1)
        span = self._times[after] - self._times[before]
        blend = (t - self._times[before]) / span if span > 0 else 0.0
        blend = min(1.0, max(0.0, blend))
        blend = blend * blend * (3 - 2 * blend)
        return MotionState(
            scheduled,
            scheduled.phase(t),
            self._poses[before],
            self._poses[after],
            blend,
            scheduled.holds_prop(t),
        )


def _keyframes(
    scheduled: ScheduledAction, habit: PoseKey, rng: np.random.Generator
) -> list[tuple[float, PoseKey]]:
    action = scheduled.action
    keyframes = [(scheduled.start, habit)]
    if action.pickup is not None:
        keyframes.append((scheduled.start + scheduled.approach * _TAKE, action.pickup))
    t, last = scheduled.start + scheduled.approach, scheduled.end - scheduled.retract
    keyframes.append((t, action.keys[0][1]))
    number = 0
    while t < last:
        stay, pose = action.keys[number % len(action.keys)]
        if number:
            keyframes.append((min(t + min(stay, rng.uniform(0.3, 0.7)), last), pose))
        t += stay
        keyframes.append((min(t, last), pose))
        number += 1
    if action.pickup is not None:
        keyframes.append((scheduled.end - scheduled.retract * _TAKE, action.pickup))
    keyframes.append((scheduled.end - 1e-3, habit))
    return keyframes
