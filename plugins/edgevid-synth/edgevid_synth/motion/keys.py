"""Key poses and what lies between two of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from edgevid_synth.body.shape import Person
from edgevid_synth.cabin.layout import CabinLayout
from edgevid_synth.graphics.linear import Vector, unit, vector

Space = Literal["car", "head", "wheel"]


@dataclass(frozen=True)
class HandKey:
    """Pose of one hand, fixed to the car, the head (which moves) or the wheel (which turns)."""

    space: Space
    place: Vector
    fingers: Vector
    palm: Vector
    elbow: Vector
    curl: Vector
    angle: float = 0.0
    """On the wheel, radians from the right in the driver's view of x."""


@dataclass(frozen=True)
class PoseKey:
    """Pose of both hands, head and trunk (angles in radians)."""

    left: HandKey
    right: HandKey
    head: Vector = field(default_factory=lambda: np.zeros(3))
    """(yaw to the left, pitch down, roll)."""
    trunk: Vector = field(default_factory=lambda: np.zeros(3))
    """(twist to the left, lean forward, bend sideways)."""
    tilt: float = 0.0
    """Tilt of the held drink, radians."""

    def hand(self, side: str) -> HandKey:
        """The hand of a side, ``l`` or ``r``."""
        return self.left if side == "l" else self.right

    def with_hand(self, side: str, hand: HandKey, **changes: Any) -> PoseKey:
        """The same pose with another hand, and other changes."""
        changes["left" if side == "l" else "right"] = hand
        return replace(self, **changes)


def sign(side: str) -> int:
    """+1 for the left, -1 for the right: x points to the left."""
    return 1 if side == "l" else -1


def other(side: str) -> str:
    """The other side."""
    return "r" if side == "l" else "l"


GRIP = vector(0.9, 0.95, 1)


@dataclass(frozen=True)
class Actor:
    """The person and car that poses are made for, with the driver's habits."""

    person: Person
    car: CabinLayout
    grip: dict[str, float]
    """Angle at which each hand holds the wheel, radians."""
    habit: PoseKey
    """The pose between actions."""

    def on_wheel(self, side: str, angle: float | None = None) -> HandKey:
        """A hand on the rim."""
        angle = self.grip[side] if angle is None else angle
        across, up, normal = vector(1, 0, 0), self.car.wheel_up, self.car.wheel_normal
        out = np.cos(angle) * across + np.sin(angle) * up
        along = up * abs(np.cos(angle)) - across * np.sin(angle) * np.sign(np.cos(angle)) * 0.6
        return HandKey(
            space="wheel",
            place=self.car.wheel_centre + self.car.wheel_radius * out,
            fingers=unit(-normal * 0.75 + along * 0.55),
            palm=-out,
            elbow=vector(0.55 * sign(side), -1, -0.35),
            curl=GRIP,
            angle=angle,
        )

    def at_head(
        self, side: str, place: Any, fingers: Any, palm: Any, elbow: Any, curl: Any = (0.6, 0.7, 1)
    ) -> HandKey:
        """A hand that goes with the head; written for the left side and mirrored for the right."""
        k = np.array([sign(side), 1, 1], float)
        return HandKey(
            space="head",
            place=np.asarray(place, float) * k,
            fingers=unit(np.asarray(fingers, float) * k),
            palm=unit(np.asarray(palm, float) * k),
            elbow=np.asarray(elbow, float) * k,
            curl=np.asarray(curl, float),
        )


def in_car(place: Any, fingers: Any, palm: Any, elbow: Any, curl: Any) -> HandKey:
    """A hand at a place in the car."""
    return HandKey(
        space="car",
        place=np.asarray(place, float),
        fingers=unit(fingers),
        palm=unit(palm),
        elbow=np.asarray(elbow, float),
        curl=np.asarray(curl, float),
    )


def make_actor(person: Person, car: CabinLayout, rng: np.random.Generator) -> Actor:
    """A driver with habits."""
    grip = {"l": float(rng.uniform(0.05, 1.1)), "r": float(np.pi - rng.uniform(0.05, 1.1))}
    nowhere = np.zeros(3)
    blank = HandKey("car", nowhere, nowhere, nowhere, nowhere, nowhere)
    actor = Actor(person, car, grip, PoseKey(blank, blank))
    habit = PoseKey(
        left=actor.on_wheel("l"),
        right=actor.on_wheel("r"),
        head=np.array([rng.normal(0, 0.12), rng.normal(0.05, 0.08), rng.normal(0, 0.04)]),
        trunk=np.array([rng.normal(0, 0.05), rng.normal(0, 0.05), rng.normal(0, 0.04)]),
    )
    return replace(actor, habit=habit)
