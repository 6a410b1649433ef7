"""Simple solids as triangle meshes: (vertices (V, 3) float32, triangles (T, 3) int32)."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.graphics.linear import unit

Solid = tuple[NDArray[np.float32], NDArray[np.int32]]


@functools.cache
def _rounded_grid(n: int, e1: float, e2: float) -> Solid:
    u = np.linspace(-math.pi / 2, math.pi / 2, n + 1)[:, None]
    v = np.linspace(-math.pi, math.pi, 2 * n + 1)[None]

    def power(x: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
        return np.sign(x) * np.abs(x) ** exponent

    ring = power(np.cos(u), e1)
    sphere = np.stack(
        [
            ring * power(np.cos(v), e2),
            np.broadcast_to(power(np.sin(u), e1), (n + 1, 2 * n + 1)),
            ring * power(np.sin(v), e2),
        ],
        -1,
    ).reshape(-1, 3)
    return sphere.astype(np.float32), _grid_triangles(n, 2 * n)


@functools.cache
def _grid_triangles(rows: int, columns: int) -> NDArray[np.int32]:
    width = columns + 1
    corner = (np.arange(rows)[:, None] * width + np.arange(columns)[None]).ravel()
    lower = np.stack([corner, corner + width, corner + 1], 1)
    upper = np.stack([corner + 1, corner + width, corner + width + 1], 1)
    return np.stack([lower, upper], 1).reshape(-1, 3).astype(np.int32)


def rounded_box(
    centre: Any, radii: Any, e1: float = 0.4, e2: float = 0.4, axes: Any = None, n: int = 10
) -> Solid:
    """A superellipsoid (Barr 1981): exponents near 0 give a box, 1 an ellipsoid.

    Args:
        centre: (3,).
        radii: Half sizes along the axes, (3,).
        e1: Roundness from top to bottom.
        e2: Roundness around.
        axes: Columns are the axes, (3, 3).
        n: Rows of facets.
    """
    sphere, triangles = _rounded_grid(n, e1, e2)
    vertices = sphere * np.asarray(radii, np.float32)
    if axes is not None:
        vertices = vertices @ np.asarray(axes, np.float32).T
    return vertices + np.asarray(centre, np.float32), triangles


def sheet(p0: Any, p1: Any, p2: Any, p3: Any, n: int = 6, m: int = 6) -> Solid:
    """A quadrilateral of n by m cells through four corners in order."""
    a = np.linspace(0, 1, n + 1, dtype=np.float32)[:, None, None]
    b = np.linspace(0, 1, m + 1, dtype=np.float32)[None, :, None]
    p0, p1, p2, p3 = (np.asarray(p, np.float32) for p in (p0, p1, p2, p3))
    vertices = (1 - a) * (1 - b) * p0 + a * (1 - b) * p1 + a * b * p2 + (1 - a) * b * p3
    return vertices.reshape(-1, 3), _grid_triangles(n, m)


@functools.cache
def _tube_triangles(points: int, n: int) -> NDArray[np.int32]:
    triangles = []
    for i in range(points - 1):
        for k in range(n):
            q, w = i * n + k, i * n + (k + 1) % n
            triangles += [[q, w, q + n], [w, w + n, q + n]]
    for end in (0, points - 1):
        triangles += [[end * n, end * n + k, end * n + k + 1] for k in range(1, n - 1)]
    return np.array(triangles, np.int32)


_ASKEW = np.array([[0.3, 0.9, 0.2]])


def _crossed(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row by row; numpy's own spends most of its time on checks."""
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    return np.stack([x, y, a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]], 1)


@functools.cache
def _circle(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.linspace(0, 2 * math.pi, n, endpoint=False)[None, :, None]
    return np.cos(angle), np.sin(angle)


def tube(points: Any, radius: float | list[float], n: int = 7) -> Solid:
    """A tube along a line of points, closed at both ends."""
    points = np.asarray(points, np.float64)
    ahead = np.concatenate([points[1:], points[-1:]])
    behind = np.concatenate([points[:1], points[:-1]])
    along = ahead - behind
    along /= np.sqrt((along * along).sum(1, keepdims=True)) + 1e-12
    a = _crossed(along, _ASKEW)
    a /= np.sqrt((a * a).sum(1, keepdims=True)) + 1e-12
    b = _crossed(along, a)
    radii = np.broadcast_to(np.asarray(radius, np.float64), (len(points),))[:, None, None]
    cosines, sines = _circle(n)
    around = cosines * a[:, None] + sines * b[:, None]
    vertices = (points[:, None] + radii * around).reshape(-1, 3).astype(np.float32)
    return vertices, _tube_triangles(len(points), n)


def ring(centre: Any, across: Any, up: Any, radius: float, thickness: float, n: int = 28) -> Solid:
    """A closed ring, for example a steering wheel's rim."""
    angle = np.linspace(0, 2 * math.pi, n + 1)[:, None]
    points = np.asarray(centre) + radius * (np.cos(angle) * unit(across) + np.sin(angle) * unit(up))
    return tube(points, thickness, 8)


class MeshBuilder:
    """Collects solids with the material and the part of each."""

    def __init__(self) -> None:
        self._vertices: list[NDArray[np.float32]] = []
        self._triangles: list[NDArray[np.int32]] = []
        self._materials: list[NDArray[np.int32]] = []
        self._parts: list[NDArray[np.uint8]] = []
        self._count = 0

    def add(self, solid: Solid, material: int, part: int = 0) -> None:
        """Add a solid."""
        vertices, triangles = solid
        self._vertices.append(vertices.astype(np.float32, copy=False))
        self._triangles.append(triangles + np.int32(self._count))
        self._materials.append(np.full(len(triangles), material, np.int32))
        self._parts.append(np.full(len(triangles), part, np.uint8))
        self._count += len(vertices)

    def add_mesh(self, mesh: Mesh) -> None:
        """Add what is built already."""
        self._vertices.append(mesh.vertices)
        self._triangles.append(mesh.triangles + np.int32(self._count))
        self._materials.append(mesh.materials)
        self._parts.append(mesh.parts)
        self._count += len(mesh.vertices)

    def build(self) -> Mesh:
        """Everything added so far."""
        if not self._vertices:
            return Mesh(
                np.zeros((0, 3), np.float32),
                np.zeros((0, 3), np.int32),
                np.zeros(0, np.int32),
                np.zeros(0, np.uint8),
            )
        return Mesh(
            np.concatenate(self._vertices),
            np.concatenate(self._triangles),
            np.concatenate(self._materials),
            np.concatenate(self._parts),
        )


class Mesh:
    """Triangles with a material and a part each."""

    def __init__(
        self,
        vertices: NDArray[np.float32],
        triangles: NDArray[np.int32],
        materials: NDArray[np.int32],
        parts: NDArray[np.uint8],
    ) -> None:
        """Hold them.

        Args:
            vertices: (V, 3), metres.
            triangles: (T, 3) indices of vertices.
            materials: (T,) rows of the material table.
            parts: (T,) values of ``Part``.
        """
        self.vertices = np.ascontiguousarray(vertices)
        self.triangles = np.ascontiguousarray(triangles)
        self.materials = materials
        self.parts = parts
