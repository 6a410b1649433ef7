"""Independent random streams: the person stays the same while the light changes."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, part: str, number: int = 0) -> np.random.Generator:
    """The random stream of one part of a scene.

    Args:
        seed: Seed of the scene, or of the part alone.
        part: Any name; the same name gives the same stream.
        number: For parts that come several times, such as the behaviours of a drive.
    """
    return np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(part.encode()), number])
