"""The course of a clip or a drive: which act when, and the pose at any time."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgevid_synth.labels import BACKGROUND
from edgevid_synth.motion.act import Act
from edgevid_synth.motion.keys import PoseKey

Phase = Literal["approach", "hold", "retract"]
_TAKE = 0.5
"""Part of the approach after which the prop is in the hand; the retract mirrors it."""


@dataclass(frozen=True)
class PlannedAct:
    """An act with its times, seconds: [start, end)."""

    act: Act
    start: float
    end: float
    approach: float
    retract: float

    def phase(self, t: float) -> Phase:
        """What part of it a time falls in; safe driving is always held."""
        if self.act.label == BACKGROUND:
            return "hold"
        if t < self.start + self.approach:
            return "approach"
        return "retract" if t >= self.end - self.retract else "hold"

    def holds_prop(self, t: float) -> bool:
        """Whether the prop is in the hand."""
        taken = self.start + self.approach * _TAKE
        given = self.end - self.retract * _TAKE
        return self.act.prop is not None and taken <= t < given


@dataclass(frozen=True)
class Moment:
    """One instant: where between two poses, in which act."""

    planned: PlannedAct
    phase: Phase
    before: PoseKey
    after: PoseKey
    share: float
    """0 at ``before``, 1 at ``after``."""
    holds_prop: bool

    @property
    def label(self) -> str:
        """The behaviour."""
        return self.planned.act.label


class Course:
    """Acts one after the other; before the first and after the last it is as at their ends."""

    def __init__(
        self, acts: Sequence[PlannedAct], habit: PoseKey, rng: np.random.Generator
    ) -> None:
        """Lay out the poses.

        Args:
            acts: In order, each beginning where the one before ends.
            habit: The pose between acts.
            rng: For how fast each pose is reached.
        """
        self.acts = tuple(acts)
        self._starts = [planned.start for planned in acts]
        knots: list[tuple[float, PoseKey]] = []
        for planned in acts:
            knots += _knots(planned, habit, rng)
        self._times = [time for time, _ in knots]
        self._poses = [pose for _, pose in knots]

    def at(self, t: float) -> Moment:
        """The instant at a time, seconds."""
        number = max(0, bisect.bisect_right(self._starts, t) - 1)
        planned = self.acts[number]
        after = bisect.bisect_right(self._times, t)
        before = max(0, after - 1)
        after = min(after, len(self._times) - 1)
        span = self._times[after] - self._times[before]
        share = (t - self._times[before]) / span if span > 0 else 0.0
        share = min(1.0, max(0.0, share))
        share = share * share * (3 - 2 * share)
        return Moment(
            planned,
            planned.phase(t),
            self._poses[before],
            self._poses[after],
            share,
            planned.holds_prop(t),
        )


def _knots(
    planned: PlannedAct, habit: PoseKey, rng: np.random.Generator
) -> list[tuple[float, PoseKey]]:
    act = planned.act
    knots = [(planned.start, habit)]
    if act.pickup is not None:
        knots.append((planned.start + planned.approach * _TAKE, act.pickup))
    t, last = planned.start + planned.approach, planned.end - planned.retract
    knots.append((t, act.keys[0][1]))
    number = 0
    while t < last:
        stay, pose = act.keys[number % len(act.keys)]
        if number:
            knots.append((min(t + min(stay, rng.uniform(0.3, 0.7)), last), pose))
        t += stay
        knots.append((min(t, last), pose))
        number += 1
    if act.pickup is not None:
        knots.append((planned.end - planned.retract * _TAKE, act.pickup))
    knots.append((planned.end - 1e-3, habit))
    return knots
