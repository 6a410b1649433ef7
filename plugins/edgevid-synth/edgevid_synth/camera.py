"""Random cameras at and around the usual mounts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.cabin.layout import CabinLayout
from edgevid_synth.graphics.linear import Matrix, Vector, look_at, vector
from edgevid_synth.graphics.meshes import Mesh
from edgevid_synth.graphics.raster import project, rasterise

MOUNTS: dict[str, tuple[float, tuple[float, ...], tuple[float, ...]]] = {
    "far_pillar": (0.34, (-0.95, 0.55, 0.62), (0.13, 0.12, 0.14)),
    "far_window": (0.26, (-0.95, 0.52, 0.18), (0.13, 0.12, 0.16)),
    "mirror": (0.18, (-0.42, 0.74, 0.48), (0.10, 0.06, 0.10)),
    "centre_dash": (0.12, (-0.55, 0.48, 0.62), (0.15, 0.09, 0.10)),
    "anywhere": (0.10, (-0.75, 0.57, 0.45), (0.33, 0.22, 0.45)),
}
"""Chance, place and half range (metres) of each."""
_TRIES = 60
_LOOK = 40
"""Pixels of the image that checks a view."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; focal lengths in parts of the image's sides."""

    mount: str
    place: Vector
    axes: Matrix
    """Rows: right, down, forward."""
    focal: tuple[float, float]
    """(of the width, of the height): they differ when a wide image is squeezed to a square."""
    shake: float
    """Metres."""

    def pixel(self, point: Vector, place: Vector | None = None) -> tuple[float, float, float]:
        """(x, y) in parts of the image, and depth in metres."""
        p = self.axes @ (point - (self.place if place is None else place))
        if p[2] < 0.04:
            return -1.0, -1.0, float(p[2])
        x, y = 0.5 + self.focal[0] * p[0] / p[2], 0.5 + self.focal[1] * p[1] / p[2]
        return float(x), float(y), float(p[2])


def random_camera(
    rng: np.random.Generator, car: CabinLayout, cabin: Mesh, mount: str | None = None
) -> Camera:
    """A camera that sees the driver's head, chest and hands.

    Args:
        rng: Random stream.
        car: Position of dash and wheel.
        cabin: Mesh that may occlude the driver.
        mount: One of ``MOUNTS``; any by default.
    """
    names = list(MOUNTS)
    camera = None
    for _ in range(_TRIES):
        name = str(rng.choice(names, p=[MOUNTS[n][0] for n in names]))
        camera = _at(rng, car, mount or name)
        if shows_driver(camera, car, cabin):
            return camera
        # A mount that this car's own parts hide is tried at another place first.
        if rng.random() < 0.1 and mount is None:
            camera = _at(rng, car, "anywhere")
            if shows_driver(camera, car, cabin):
                return camera
    return camera if camera is not None else _at(rng, car, "far_pillar")


def _at(rng: np.random.Generator, car: CabinLayout, mount: str) -> Camera:
    _, centre, spread = MOUNTS[mount]
    place = np.array(centre) + rng.uniform(-1, 1, 3) * spread
    place[1] = min(max(place[1], car.dash_height + 0.07), car.roof - 0.06)
    aspect = float(rng.choice([1.0, 4 / 3, 16 / 9], p=[0.4, 0.3, 0.3]))
    target = vector(rng.uniform(-0.12, 0.08), rng.uniform(0.22, 0.42), rng.uniform(-0.04, 0.25))
    if aspect > 1:  # A wide image has room beside the driver.
        target += vector(rng.uniform(-0.15, 0), 0, rng.uniform(0, 0.25))
    focal = 0.5 / math.tan(math.radians(rng.uniform(48, 80)) / 2)
    return Camera(
        mount=mount,
        place=place,
        axes=look_at(target - place, float(rng.normal(0, 0.05))),
        focal=(focal / aspect, focal),
        shake=float(rng.uniform(0, 0.004)),
    )


def shows_driver(camera: Camera, car: CabinLayout, cabin: Mesh) -> bool:
    """True if head, chest and most hand positions are in view, and nothing blocks the view."""
    if np.linalg.norm(camera.place) < 0.55:
        return False
    nearest = _depths(camera, cabin)
    if (nearest > 1 / 0.28).mean() > 0.12:
        return False
    wheel = car.wheel_centre
    points = [
        vector(0, 0.62, -0.10),
        vector(0, 0.74, -0.08),
        vector(0, 0.42, -0.08),
        vector(0, 0.25, 0.02),
        vector(-0.2, 0.25, 0.1),
        vector(0, 0.3, 0.3),
        wheel + vector(0, 0.15, 0.05),
        wheel + vector(-0.15, 0, 0),
    ]
    visible = [_visible(camera, point, nearest) for point in points]
    depth = camera.pixel(points[0])[2]
    return (
        depth > 0.2
        and all(visible[:3])
        and sum(visible) >= 6
        and 0.11 < 0.24 * camera.focal[1] / depth < 0.4
    )


def _visible(camera: Camera, point: Vector, nearest: NDArray[np.float32]) -> bool:
    x, y, depth = camera.pixel(point)
    column, row = int(x * _LOOK), int(y * _LOOK)
    if depth < 0.2 or not (2 <= column < _LOOK - 2 and 1 <= row < _LOOK - 1):
        return False
    return bool(nearest[row, column] < 1 / (depth - 0.13))


def _depths(camera: Camera, cabin: Mesh) -> NDArray[np.float32]:
    screen = np.empty_like(cabin.vertices)
    n = _LOOK
    project(
        cabin.vertices,
        camera.axes.astype(np.float32),
        camera.place.astype(np.float32),
        camera.focal[0] * n,
        camera.focal[1] * n,
        n / 2,
        n / 2,
        screen,
    )
    nearest = np.zeros((n, n), np.float32)
    hit = np.full((n, n), -1, np.int32)
    weights = np.empty((2, n, n), np.float32)
    rasterise(screen, cabin.triangles, nearest, hit, weights[0], weights[1], 0)
    return nearest
