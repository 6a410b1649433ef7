"""The driver at one time: from key poses to a goal for every limb."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edgevid_synth.body.figure import FEET, Figure
from edgevid_synth.body.skeleton import SIDES, BodyGoal, HandGoal, Pose
from edgevid_synth.graphics.linear import Matrix, Vector, turned, unit
from edgevid_synth.motion.keys import Actor, HandKey, PoseKey
from edgevid_synth.motion.schedule import MotionState

_TYPING_HZ = 3.0


@dataclass(frozen=True)
class IdleMotion:
    """Idle movements that never stop, and the steering along the road."""

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


def random_idle_motion(rng: np.random.Generator) -> IdleMotion:
    """Draw the strength of the driver's and the road's movements."""
    return IdleMotion(
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

    def __init__(self, figure: Figure, actor: Actor, idle: IdleMotion) -> None:
        self.figure = figure
        self._actor = actor
        self._idle = idle

    def shake(self, number: int, t: float) -> float:
        """The road's shaking of what is fixed to the car, about one, for axis 0, 1 or 2."""
        return self._idle.sway(11 + number, t, 2.9)

    def at(self, motion: MotionState, t: float) -> DriverState:
        """The body's pose for a motion state."""
        idle, blend = self._idle, motion.blend
        before, after = motion.before, motion.after
        strength = idle.strength
        angles = before.head * (1 - blend) + after.head * blend
        angles = angles + strength * np.array(
            [0.04 * idle.sway(0, t), 0.025 * idle.sway(1, t), 0.02 * idle.sway(2, t)]
        )
        trunk = before.trunk * (1 - blend) + after.trunk * blend
        trunk = trunk + [0, 0.008 * idle.sway(3, t, 0.17), 0]
        spine, neck, head = self._upright(angles, trunk)
        steering = idle.wheel(t)
        goal = BodyGoal(spine, neck, head, {}, FEET)
        joint = self.figure.skeleton.head_joint(goal)
        hands = {side: self._hand(motion, side, t, head, joint, steering) for side in SIDES}
        pose = self.figure.skeleton.pose(BodyGoal(spine, neck, head, hands, FEET))
        tilt = before.tilt * (1 - blend) + after.tilt * blend
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
        self, motion: MotionState, side: str, t: float, head: Matrix, joint: Vector, steering: float
    ) -> HandGoal:
        blend, idle = motion.blend, self._idle
        first = self._in_car(motion.before, side, head, joint, steering)
        second = self._in_car(motion.after, side, head, joint, steering)
        place, fingers, palm, elbow, curl = (
            a * (1 - blend) + b * blend for a, b in zip(first, second, strict=True)
        )
        tremor = np.array([idle.sway(8 + k, t, 0.65) for k in range(3)])
        action = motion.scheduled.action
        if action.tapping and action.prop_side == side and motion.phase == "hold":
            curl = curl * np.array([1 + 0.3 * math.sin(t * _TYPING_HZ * 6.28), 1, 1])
        fingers = unit(fingers)
        return HandGoal(
            place=place + 0.004 * idle.strength * tremor,
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
    """The current position of a point given on the resting head."""
    return state.head_joint + state.head @ (point - figure.skeleton.joint("head"))


__all__ = ["Driver", "DriverState", "IdleMotion", "on_head", "random_idle_motion"]
