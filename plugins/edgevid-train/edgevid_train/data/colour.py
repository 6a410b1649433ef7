"""Colours of a clip: jitter, infrared look, vignette and noise in one pass over its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from edgevid.types import Image

_LUMA = np.array([0.299, 0.587, 0.114])
_TO_YIQ = np.array([_LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)
_GREY = 127.5
_POOL_SIZE = 1 << 19


@dataclass(frozen=True, slots=True, eq=False)
class ColourChange:
    """Change of every pixel: ``matrix @ rgb + offset``, darkening, noise."""

    matrix: npt.NDArray[np.float64]
    """(3, 3)."""
    offset: npt.NDArray[np.float64]
    """(3,), in 0 to 255."""
    vignette: float
    """Darkening of the corners, 0 to 1."""
    noise_sigma: float
    """Standard deviation of the noise, in parts of the full range."""


def draw_colours(
    strengths: tuple[float, float, float, float],
    *,
    is_infrared: bool,
    noise_sigma: float,
    generator: np.random.Generator,
) -> ColourChange:
    """Draw one change for a whole clip.

    Args:
        strengths: Largest changes of brightness, contrast and saturation as factors, 0 to 1, and
            of the hue in turns.
        is_infrared: Adds a grey image of higher contrast, dark towards its corners.
        noise_sigma: Of the full range.
        generator: Draws.
    """
    brightness, contrast, saturation = (
        1.0 + generator.uniform(-most, most) for most in strengths[:3]
    )
    angle = 2 * math.pi * generator.uniform(-strengths[3], strengths[3])
    turn = np.array(
        [
            [1.0, 0.0, 0.0],
            [0.0, saturation * math.cos(angle), -saturation * math.sin(angle)],
            [0.0, saturation * math.sin(angle), saturation * math.cos(angle)],
        ]
    )
    matrix = _FROM_YIQ @ turn @ _TO_YIQ
    vignette = 0.0
    if is_infrared:
        # Near infrared lights skin and cloth alike: what counts of each channel varies.
        matrix = np.tile(generator.dirichlet(20 * _LUMA), (3, 1)) @ matrix
        contrast *= generator.uniform(1.1, 1.7)
        vignette = generator.uniform(0.2, 0.7)
    offset = np.full(3, brightness * (1 - contrast) * _GREY)
    return ColourChange(brightness * contrast * matrix, offset, vignette, noise_sigma)


def change_colours(images: Image, change: ColourChange, generator: np.random.Generator) -> Image:
    """Apply a change to all frames; the noise differs from frame to frame.

    Args:
        images: uint8 RGB, (T, H, W, 3).
        change: From ``draw_colours``.
        generator: Draws the noise.

    Returns:
        uint8 RGB, (T, H, W, 3).
    """
    count, height, width, _ = images.shape
    transform = np.hstack([change.matrix, change.offset[:, None]])
    result = cv2.transform(images.reshape(count * height, width, 3), transform)
    result = np.asarray(result, np.uint8).reshape(images.shape)
    if change.vignette:
        mask = _falloff(height, width, change.vignette)
        for frame in result:
            cv2.multiply(frame, mask, dst=frame, scale=1 / 255)
    if change.noise_sigma:
        _add_noise(result, 255 * change.noise_sigma, generator)
    return result


def _falloff(height: int, width: int, amount: float) -> Image:
    y = np.linspace(-1, 1, height)[:, None, None] ** 2
    x = np.linspace(-1, 1, width)[None, :, None] ** 2
    falloff = 255 * (1 - amount * (x + y) / 2)
    return np.asarray(np.repeat(falloff, 3, axis=2).round(), np.uint8)


def _add_noise(images: Image, sigma: float, generator: np.random.Generator) -> None:
    # Cutting normal values out of a pool at random places takes a tenth of drawing them.
    count = images[0].size
    pool = np.tile(_pool(), -(-count // _POOL_SIZE)) if count > _POOL_SIZE else _pool()
    for frame in images:
        start = int(generator.integers(pool.size - count + 1))
        noise = pool[start : start + count].reshape(frame.shape)
        cv2.addWeighted(frame, 1.0, noise, sigma, 0.0, dst=frame, dtype=cv2.CV_8U)


@cache
def _pool() -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal(_POOL_SIZE, dtype=np.float32)
