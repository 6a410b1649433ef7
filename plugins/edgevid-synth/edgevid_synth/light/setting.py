"""Light by chance: day, low sun, dusk, night or the camera's own infrared lamp."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.graphics.linear import Vector, light_axes, vector
from edgevid_synth.light.panorama import random_panorama

KINDS = ("day", "sun", "dusk", "night", "infrared")
CHANCES = (0.36, 0.28, 0.1, 0.1, 0.16)
NUM_LIGHTS = 6
CENTRE = vector(-0.25, 0.25, 0.0)
SHADOW_SIZE, SHADOW_SPAN = 128, 2.9
SUN_SIZE, SUN_SPAN = 256, 2.2
"""Cells and metres of the shadow maps."""

_STRENGTH = {"day": 1.0, "sun": 1.0, "dusk": 0.45, "night": 0.1, "infrared": 0.02}
_TINT = {"dusk": (1, 0.8, 0.62), "night": (1, 0.85, 0.6)}
_KEY = {
    "day": (0.07, 0.24),
    "sun": (0.06, 0.2),
    "dusk": (0.05, 0.15),
    "night": (0.015, 0.06),
    "infrared": (0.08, 0.3),
}


@dataclass(frozen=True)
class Light:
    """Everything that shines."""

    kind: str
    soft: NDArray[np.float32]
    """Directions and colours of the sky's lights, (n, 6)."""
    soft_axes: NDArray[np.float32]
    """Axes of their shadow maps, (n, 3, 3)."""
    ambient: NDArray[np.float32]
    sun: NDArray[np.float32]
    sun_colour: NDArray[np.float32]
    sun_axes: NDArray[np.float32]
    infrared: float
    panorama: NDArray[np.float32]
    panorama_gain: float
    turn_rate: float
    """Turns of the car per second, as the windows show it."""
    key: float
    """Target brightness of the image's median."""

    @property
    def has_sun(self) -> bool:
        """True if direct sun falls in."""
        return bool(self.sun_colour.sum() > 0)


def random_light(rng: np.random.Generator, kind: str | None = None) -> Light:
    """Light by chance.

    Args:
        rng: Chooses everything.
        kind: One of ``KINDS``; any by default.
    """
    drawn = str(rng.choice(KINDS, p=CHANCES))
    kind = drawn if kind is None else kind
    strength, tint = _STRENGTH[kind], np.array(_TINT.get(kind, (1, 1, 1)), float)
    soft = _sky(rng, strength, tint)
    ambient = tint * strength * rng.uniform(0.10, 0.30)
    if kind == "night":
        soft[:, 3:] *= (rng.random((NUM_LIGHTS, 1)) < 0.4) * 2
        ambient = ambient * rng.uniform(0.6, 3)
    azimuth, elevation = rng.uniform(-math.pi, math.pi), rng.uniform(0.25, 1.1)
    sun = _direction(azimuth, elevation)
    gain = {
        "day": rng.uniform(0.35, 1.2),
        "sun": rng.uniform(0.5, 1.6),
        "dusk": rng.uniform(0.1, 0.35),
        "night": 0.008,
        "infrared": float(rng.choice([0.004, 0.03, 0.15])),
    }[kind]
    lamp = {"infrared": rng.uniform(0.25, 0.7), "night": rng.uniform(0, 0.15)}.get(kind, 0.0)
    return Light(
        kind=kind,
        soft=soft.astype(np.float32),
        soft_axes=np.stack([light_axes(d) for d in soft[:, :3]]).astype(np.float32),
        ambient=ambient.astype(np.float32),
        sun=sun.astype(np.float32),
        sun_colour=(
            np.array([1, 0.93, 0.82]) * (rng.uniform(1.5, 4) if kind == "sun" else 0)
        ).astype(np.float32),
        sun_axes=light_axes(sun).astype(np.float32),
        infrared=float(lamp),
        panorama=random_panorama(rng, lamps=kind in ("night", "infrared")),
        panorama_gain=float(gain),
        turn_rate=float(rng.choice([0, rng.uniform(0.02, 0.2)], p=[0.2, 0.8])),
        key=float(rng.uniform(*_KEY[kind])),
    )


def _direction(azimuth: float, elevation: float) -> Vector:
    return vector(
        math.sin(azimuth) * math.cos(elevation),
        math.sin(elevation),
        math.cos(azimuth) * math.cos(elevation),
    )


def _sky(rng: np.random.Generator, strength: float, tint: Vector) -> NDArray[np.float64]:
    azimuths = np.arange(NUM_LIGHTS) * 2 * math.pi / NUM_LIGHTS + rng.uniform(0, 6)
    elevations = rng.uniform(0.12, 0.75, NUM_LIGHTS)
    elevations[::3] = rng.uniform(0.8, 1.1)
    brightness = rng.uniform(0.6, 1.4, NUM_LIGHTS)
    brightness *= 1 + rng.uniform(0, 1.2) * np.cos(azimuths - rng.uniform(0, 6.28))
    colour = np.array([0.85, 0.95, 1.1]) * tint * rng.uniform(0.92, 1.08, 3)
    # Fewer lights than a sky has, so each is stronger.
    per_light = 0.55 * 10 / NUM_LIGHTS
    return np.array(
        [
            [*_direction(a, e), *(colour * b * strength * per_light)]
            for a, e, b in zip(azimuths, elevations, brightness, strict=True)
        ]
    )
