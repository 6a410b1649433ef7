"""Sizes and places of one car's inside. Origin: the driver's pelvis; metres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edgevid_synth.graphics.linear import Vector, vector

CENTRE = -0.38
"""x of the middle of the car."""
PASSENGER = -0.76
FLOOR = -0.44
FAR_SIDE = -1.3
"""x of the passenger's door."""


@dataclass(frozen=True)
class CabinLayout:
    """Dimensions of the car that scene, poses and camera need."""

    door: float
    """x of the door's inner side."""
    sill: float
    roof: float
    recline: float
    """Radians that the seats lean back."""
    seat_half_width: float
    seat_half_height: float
    dash_depth: float
    dash_height: float
    console_depth: float
    screen_height: float
    screen_size: tuple[float, float]
    pillar: float
    shelf: float
    wheel_centre: Vector
    wheel_radius: float
    wheel_tilt: float
    wheel_spokes: int
    rim: float

    @property
    def radio(self) -> Vector:
        """Position at which a hand operates the radio."""
        return vector(CENTRE + 0.02, self.screen_height + 0.02, self.console_depth - 0.03)

    @property
    def gear(self) -> Vector:
        """The knob of the gear lever."""
        return vector(CENTRE + 0.01, 0.16, 0.24)

    @property
    def cup_holder(self) -> Vector:
        """Position of the cup holder."""
        return vector(CENTRE, 0.08, 0.08)

    @property
    def mirror(self) -> Vector:
        """The rear-view mirror."""
        return vector(CENTRE, self.roof - 0.12, 0.42)

    @property
    def wheel_normal(self) -> Vector:
        """From the steering wheel towards the driver."""
        return vector(0, math.sin(self.wheel_tilt), -math.cos(self.wheel_tilt))

    @property
    def wheel_up(self) -> Vector:
        """In the plane of the wheel, upwards."""
        return vector(0, math.cos(self.wheel_tilt), math.sin(self.wheel_tilt))


def random_layout(rng: np.random.Generator) -> CabinLayout:
    """A car by chance."""
    dash_depth, dash_height = rng.uniform(0.56, 0.66), rng.uniform(0.30, 0.40)
    return CabinLayout(
        door=rng.uniform(0.33, 0.42),
        sill=rng.uniform(0.28, 0.40),
        roof=rng.uniform(0.84, 1.0),
        recline=rng.uniform(0.12, 0.42),
        seat_half_width=rng.uniform(0.22, 0.27),
        seat_half_height=rng.uniform(0.27, 0.34),
        dash_depth=dash_depth,
        dash_height=dash_height,
        console_depth=dash_depth + rng.uniform(-0.06, 0.0),
        screen_height=dash_height + rng.uniform(-0.08, 0.03),
        screen_size=(rng.uniform(0.055, 0.1), rng.uniform(0.05, 0.1)),
        pillar=rng.uniform(-0.38, -0.18),
        shelf=rng.uniform(0.44, 0.5),
        wheel_centre=vector(0, rng.uniform(0.19, 0.27), rng.uniform(0.38, 0.45)),
        wheel_radius=rng.uniform(0.170, 0.198),
        wheel_tilt=rng.uniform(0.3, 0.65),
        wheel_spokes=int(rng.choice([2, 3, 4], p=[0.2, 0.5, 0.3])),
        rim=rng.uniform(0.013, 0.019),
    )
