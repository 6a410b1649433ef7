"""Value noise for numba kernels."""

from __future__ import annotations

import math

import numpy as np

from edgevid_synth.graphics.kernels import Array, kernel

_PERIOD = 32
# A small table stays in the cache; hashing eight corners per pixel was a third of a frame's time.
_TABLE = np.random.default_rng(20260101).random((_PERIOD, _PERIOD, _PERIOD)).astype(np.float32)


@kernel()
def value_noise(x: float, y: float, z: float) -> float:
    """Smooth noise in [0, 1] that repeats every 32 units."""
    bx, by, bz = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - bx, y - by, z - bz
    xa, ya, za = int(bx) & 31, int(by) & 31, int(bz) & 31
    xb, yb, zb = (xa + 1) & 31, (ya + 1) & 31, (za + 1) & 31
    fx = fx * fx * (3 - 2 * fx)
    fy = fy * fy * (3 - 2 * fy)
    fz = fz * fz * (3 - 2 * fz)
    a = _TABLE[xa, ya, za] * (1 - fz) + _TABLE[xa, ya, zb] * fz
    b = _TABLE[xa, yb, za] * (1 - fz) + _TABLE[xa, yb, zb] * fz
    c = _TABLE[xb, ya, za] * (1 - fz) + _TABLE[xb, ya, zb] * fz
    d = _TABLE[xb, yb, za] * (1 - fz) + _TABLE[xb, yb, zb] * fz
    noise: float = (a * (1 - fy) + b * fy) * (1 - fx) + (c * (1 - fy) + d * fy) * fx
    return noise


@kernel()
def noise_at(points: Array, out: Array) -> None:
    """Value noise at (N, 3) points into (N,)."""
    for i in range(points.shape[0]):
        out[i] = value_noise(points[i, 0], points[i, 1], points[i, 2])
