"""Rotations and directions. Axes: x to the driver's left, y up, z forward; metres, radians."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""(3,)"""
Matrix = NDArray[np.float64]
"""(3, 3), columns are axes."""


def vector(*xyz: float) -> Vector:
    """A vector from its coordinates."""
    return np.array(xyz, np.float64)


def unit(v: Any) -> Vector:
    """The same direction with length 1; zero stays zero."""
    given: Vector = np.asarray(v, np.float64)
    result: Vector = given / (math.sqrt(float(given @ given)) + 1e-12)
    return result


def cross(a: Vector, b: Vector) -> Vector:
    """Cross product; numpy's own costs ten times as much for single vectors."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def frame(direction: Vector, normal: Vector) -> Matrix:
    """Right-handed axes: the direction, the normal made square to it, and the third."""
    d = unit(direction)
    n = unit(normal - d * (normal @ d))
    return np.stack([d, n, cross(d, n)], 1)


def rotation(axis: Any, angle: float) -> Matrix:
    """Rotation about an axis (Rodrigues)."""
    a = unit(axis)
    k = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    result: Matrix = np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k
    return result


def turned(yaw: float, pitch: float, roll: float) -> Matrix:
    """Orientation of a head or a spine: yaw to the left, pitch down, then roll."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: Matrix = about_y @ about_x @ about_z
    return result


def look_at(direction: Vector, roll: float = 0.0) -> Matrix:
    """Camera axes as rows: right, down, forward."""
    forward = unit(direction)
    right = unit(cross(forward, vector(0, 1, 0)))
    up = cross(right, forward)
    c, s = math.cos(roll), math.sin(roll)
    return np.stack([right * c + up * s, -(up * c - right * s), forward])


def light_axes(direction: Vector) -> Matrix:
    """Axes of a shadow map as rows: two across, then towards the light."""
    across = unit(cross(direction, vector(0.1, 0.2, 0.97)))
    return np.stack([across, cross(direction, across), direction])
