"""A seeded clip on which a network must give the numbers that its card remembers.

Integer arithmetic only, so that every machine and every numpy makes the same bytes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgevid.types import Image

_CELLS = 9
_FULLEST = (90, 160, 230)
"""Brightest value of blue, green, red: swapped colours must change the result."""
_NOISE = 24
_STEP = (5, 3)
"""Rows and columns that the scene moves from frame to frame."""
_FRACTION_BITS = 8

UInt32Array = npt.NDArray[np.uint32]


def golden_clip(num_frames: int, height: int, width: int, *, seed: int = 0) -> Image:
    """A clip that moves, with noise and uneven colours, so that every mistake shows.

    Args:
        num_frames: T.
        height: Pixels.
        width: Pixels.
        seed: Another seed is another clip.

    Returns:
        uint8 BGR, (T, H, W, 3).
    """
    grid = _hashed((_CELLS, _CELLS, 3), seed, 0).astype(np.int64) & 0xFF
    scene = _enlarged(grid, 2 * height, 2 * width) * np.array(_FULLEST) // 255
    clip = np.empty((num_frames, height, width, 3), np.uint8)
    for index in range(num_frames):
        y, x = (index * _STEP[0]) % height, (index * _STEP[1]) % width
        noise = _hashed((height, width, 3), seed, index + 1) % np.uint32(2 * _NOISE + 1)
        picture = scene[y : y + height, x : x + width] + noise.astype(np.int64) - _NOISE
        clip[index] = picture.clip(0, 255)
    return clip


def _enlarged(grid: npt.NDArray[np.int64], height: int, width: int) -> npt.NDArray[np.int64]:
    """Bilinear, in fixed point."""
    for axis, length in enumerate((height, width)):
        last = grid.shape[axis] - 1
        place = (np.arange(length, dtype=np.int64) * (last << _FRACTION_BITS)) // length
        low, share = place >> _FRACTION_BITS, place & ((1 << _FRACTION_BITS) - 1)
        shape = [1, 1, 1]
        shape[axis] = length
        share = share.reshape(shape)
        one, other = grid.take(low, axis), grid.take(low + 1, axis)
        grid = ((one << _FRACTION_BITS) + (other - one) * share) >> _FRACTION_BITS
    return grid


def _hashed(shape: tuple[int, ...], seed: int, stream: int) -> UInt32Array:
    """Even random words: numpy promises no equal streams between its versions, so they are hashed.

    The mixing constants are those of Ettinger's search for low-bias integer hashes,
    https://github.com/skeeto/hash-prospector (public domain).
    """
    start = np.uint32((seed * 0x9E3779B1 + stream * 0x85EBCA6B + 1) & 0xFFFFFFFF)
    words = np.arange(int(np.prod(shape)), dtype=np.uint32)
    words = _mixed(words ^ _mixed(np.array([start], np.uint32)))
    return words.reshape(shape)


def _mixed(words: UInt32Array) -> UInt32Array:
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        words = (words ^ (words >> np.uint32(shift))) * np.uint32(factor)
    mixed: UInt32Array = words ^ (words >> np.uint32(16))
    return mixed
