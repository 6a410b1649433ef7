"""Degradation of a clip by lenses and recorders: blur and compression."""

from __future__ import annotations

import cv2
import numpy as np

from edgevid.types import Image


def blurred(images: Image, sigma: float) -> Image:
    """Blur every frame alike.

    Args:
        images: uint8, (T, H, W, 3).
        sigma: Pixels.

    Returns:
        uint8, (T, H, W, 3).
    """
    side = 2 * max(1, round(1.5 * sigma)) + 1
    result = np.empty_like(images)
    for image, out in zip(images, result, strict=True):
        cv2.GaussianBlur(image, (side, side), sigma, dst=out)
    return result


def compressed(images: Image, quality: int) -> Image:
    """Encode every frame as JPEG and decode it again.

    Args:
        images: uint8 RGB, (T, H, W, 3).
        quality: 1 to 100.

    Returns:
        uint8 RGB, (T, H, W, 3).
    """
    result = np.empty_like(images)
    for image, out in zip(images, result, strict=True):
        # Red and blue change places there and back; what is lost differs too little to convert.
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out[...] = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return result
