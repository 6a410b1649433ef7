"""The view through the windows: sky, trees, houses, cars and, by night, lamps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edgevid_synth.graphics.materials import random_colour

WIDTH, HEIGHT = 768, 128


def _floats(colour: NDArray[np.float64]) -> list[float]:
    return [float(v) for v in colour]


def random_panorama(rng: np.random.Generator, *, lamps: bool) -> NDArray[np.float32]:
    """Linear RGB all around, (128, 768, 3); columns are azimuth, rows elevation.

    Args:
        rng: Chooses everything.
        lamps: Whether points of light are out there.
    """
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    elevation = np.linspace(0.8, -0.8, HEIGHT)[:, None, None]
    sky = np.array([0.75, 0.87, 1.0]) * rng.uniform(0.8, 1.2, 3)
    ground = random_colour(rng, 0.2, 0.7, 0.15)
    picture[:] = np.where(elevation > 0, sky * (1.1 - 0.4 * elevation), ground)
    horizon = HEIGHT // 2
    if rng.random() < 0.5:  # clouds
        cloud = cv2.resize(
            rng.random((6, 24)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
        )
        picture[:horizon] *= 0.8 + 0.4 * cloud[:horizon, :, None]
    for _ in range(rng.integers(20, 90)):
        _thing(picture, rng, horizon)
    for _ in range(rng.integers(3, 20)):  # cars
        x, w, h = int(rng.integers(0, WIDTH)), int(rng.integers(6, 26)), int(rng.integers(4, 9))
        cv2.rectangle(
            picture, (x, horizon + 1), (x + w, horizon + h), _floats(random_colour(rng)), -1
        )
    coarse = cv2.resize(
        rng.random((HEIGHT // 4, WIDTH // 4)).astype(np.float32),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_CUBIC,
    )
    grain = coarse + 0.6 * rng.random((HEIGHT, WIDTH)).astype(np.float32)
    picture[horizon - 30 :] *= 0.55 + 0.6 * grain[horizon - 30 :, :, None]
    picture[:] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2.5))
    if lamps:
        for _ in range(rng.integers(5, 40)):
            place = (int(rng.integers(0, WIDTH)), int(horizon - rng.integers(-5, 20)))
            colour = [v * 12 for v in _floats(random_colour(rng, 0.5, 1, 0.7))]
            cv2.circle(picture, place, int(rng.integers(1, 3)), colour, -1)
    return np.ascontiguousarray(picture, dtype=np.float32)


def _thing(picture: NDArray[np.float32], rng: np.random.Generator, horizon: int) -> None:
    """A tree, a house or a pole."""
    x, h, w = int(rng.integers(0, WIDTH)), int(rng.integers(2, 36)), int(rng.integers(4, 50))
    colour = random_colour(rng, 0.1, 0.8, 0.4)
    kind = rng.random()
    if kind < 0.55:
        green = _floats(colour * [0.62, 0.85, 0.5])
        for wrap in (-WIDTH, 0, WIDTH):
            radii = (max(2, w // 2), max(2, h // 2 + 3))
            cv2.ellipse(picture, (x + wrap, horizon - h // 2), radii, 0, 0, 360, green, -1)
    elif kind < 0.9:
        cv2.rectangle(picture, (x, horizon - h), (x + w, horizon + 4), _floats(colour), -1)
    else:
        cv2.rectangle(picture, (x, horizon - 45), (x + 2, horizon + 4), _floats(colour * 0.4), -1)
