"""The driver at one time: from key poses to a goal for every limb."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edgevid_synth.body.figure import FEET, Figure
from edgevid_synth.body.skeleton import SIDES, BodyGoal, HandGoal, Pose
from edgevid_synth.graphics.linear import Matrix, Vector, turned, unit
from edgevid_synth.motion.course import Moment
from edgevid_synth.motion.keys import Actor, HandKey, PoseKey

_TYPING_HZ = 3.0


@dataclass(frozen=True)
class Unrest:
    """Small movements that never stop, and the road's steering."""

    phases: Vector
    """(16,), radians."""
    strength: float
    steering: float
    """Largest angle of the wheel, radians."""
    steering_hz: float

    def sway(self, number: int, t: float, hz: float = 0.27) -> float:
        """A smooth signal of about one, different for each number."""
        a, b = self.phases[number % 16], self.phases[(number + 5) % 16]
        return math.sin(t * hz * 6.28 + a * 3) + 0.6 * math.sin(t * hz * 14.1 + b * 5)

    def wheel(self, t: float) -> float:
        """Angle of the steering wheel, radians."""
        return self.steering * math.sin(t * self.steering_hz * 6.28 + self.phases[7])


def random_unrest(rng: np.random.Generator) -> Unrest:
    """How restless a driver and a road are."""
    return Unrest(
        phases=rng.uniform(0, 9, 16),
        strength=float(rng.uniform(0.5, 1.3)),
        steering=float(rng.uniform(0, 0.25) * rng.choice([1, 1, 2])),
        steering_hz=float(rng.uniform(0.1, 0.5)),
    )


@dataclass(frozen=True)
class DriverState:
    """The driver at one time."""

    pose: Pose
    head: Matrix
    head_joint: Vector
    tilt: float
    steering: float


class Driver:
    """One person in one car."""

    def __init__(self, figure: Figure, actor: Actor, unrest: Unrest) -> None:
        self.figure = figure
        self._actor = actor
        self._unrest = unrest

    def shake(self, number: int, t: float) -> float:
        """The road's shaking of what is fixed to the car, about one, for axis 0, 1 or 2."""
        return self._unrest.sway(11 + number, t, 2.9)

    def at(self, moment: Moment, t: float) -> DriverState:
        """Fulfil the poses of a moment."""
        unrest, share = self._unrest, moment.share
        before, after = moment.before, moment.after
        restless = unrest.strength
        angles = before.head * (1 - share) + after.head * share
        angles = angles + restless * np.array(
            [0.04 * unrest.sway(0, t), 0.025 * unrest.sway(1, t), 0.02 * unrest.sway(2, t)]
        )
        trunk = before.trunk * (1 - share) + after.trunk * share
        trunk = trunk + [0, 0.008 * unrest.sway(3, t, 0.17), 0]
        spine, neck, head = self._upright(angles, trunk)
        steering = unrest.wheel(t)
        goal = BodyGoal(spine, neck, head, {}, FEET)
        joint = self.figure.skeleton.head_joint(goal)
        hands = {side: self._hand(moment, side, t, head, joint, steering) for side in SIDES}
        pose = self.figure.skeleton.pose(BodyGoal(spine, neck, head, hands, FEET))
        tilt = before.tilt * (1 - share) + after.tilt * share
        return DriverState(pose, head, joint, tilt, steering)

    def _upright(
        self, angles: Vector, trunk: Vector
    ) -> tuple[tuple[Matrix, Matrix, Matrix, Matrix], Matrix, Matrix]:
        twist, lean, side = trunk
        recline = self._actor.car.recline
        yaw, pitch, roll = angles

        def vertebra(k: float) -> Matrix:
            return turned(twist * k, -recline + lean * k + recline * 0.15 * k, side * k)

        spine = (vertebra(0.0), vertebra(0.35), vertebra(0.7), vertebra(1.0))
        neck = turned(
            twist * 0.5 + yaw * 0.5, (-recline * 0.5 + pitch) * 0.5, roll * 0.5 + side * 0.5
        )
        return spine, neck, turned(yaw, pitch, roll)

    def _hand(
        self, moment: Moment, side: str, t: float, head: Matrix, joint: Vector, steering: float
    ) -> HandGoal:
        share, unrest = moment.share, self._unrest
        first = self._in_car(moment.before, side, head, joint, steering)
        second = self._in_car(moment.after, side, head, joint, steering)
        place, fingers, palm, elbow, curl = (
            a * (1 - share) + b * share for a, b in zip(first, second, strict=True)
        )
        tremor = np.array([unrest.sway(8 + k, t, 0.65) for k in range(3)])
        act = moment.planned.act
        if act.tapping and act.prop_side == side and moment.phase == "hold":
            curl = curl * np.array([1 + 0.3 * math.sin(t * _TYPING_HZ * 6.28), 1, 1])
        fingers = unit(fingers)
        return HandGoal(
            place=place + 0.004 * unrest.strength * tremor,
            fingers=fingers,
            palm=unit(palm - fingers * (palm @ fingers)),
            elbow=unit(elbow),
            curl=curl,
        )

    def _in_car(
        self, pose: PoseKey, side: str, head: Matrix, joint: Vector, steering: float
    ) -> tuple[Vector, Vector, Vector, Vector, Vector]:
        key: HandKey = pose.hand(side)
        if key.space == "wheel":
            key = self._actor.on_wheel(side, key.angle + steering)
        if key.space == "head":
            rest = self.figure.skeleton.joint("head")
            place = joint + head @ (key.place - rest)
            return place, head @ key.fingers, head @ key.palm, key.elbow, key.curl
        return key.place, key.fingers, key.palm, key.elbow, key.curl


def on_head(state: DriverState, figure: Figure, point: Vector) -> Vector:
    """Where a point of the resting head is now."""
    return state.head_joint + state.head @ (point - figure.skeleton.joint("head"))


__all__ = ["Driver", "DriverState", "Unrest", "on_head", "random_unrest"]
