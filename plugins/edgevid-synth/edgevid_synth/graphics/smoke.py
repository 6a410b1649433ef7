"""Smoke that rises from a cigarette, as blurred discs over the image."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edgevid_synth.camera import Camera
from edgevid_synth.graphics.linear import Vector, vector
from edgevid_synth.light.setting import Light
from edgevid_synth.streams import stream

_PUFFS = 14


def add_smoke(
    linear: NDArray[np.float32],
    camera: Camera,
    eye: Vector,
    tip: Vector,
    t: float,
    light: Light,
    seed: int,
) -> None:
    """Blend smoke into linear RGB (R, R, 3), in place."""
    size = len(linear)
    drift = stream(seed, "smoke").uniform(0, 9)
    layer = np.zeros((size, size), np.float32)
    for i in range(_PUFFS):
        age = (t * 0.5 + i / _PUFFS) % 1
        place = tip + vector(0.05 * math.sin(6 * age + i + drift), 0.32 * age, -0.1 * age)
        x, y, depth = camera.pixel(place, eye)
        if depth < 0.05:
            continue
        radius = max(1, int((0.008 + 0.035 * age) * camera.focal[1] * size / depth))
        cv2.circle(layer, (int(x * size), int(y * size)), radius, 0.28 * (1 - age), -1)
    cover = cv2.GaussianBlur(layer, (0, 0), size / 90)[..., None]
    glow = light.soft[:, 3:].sum(0) * 0.35 + light.infrared * 0.3
    linear[:] = linear * (1 - cover) + cover * glow
