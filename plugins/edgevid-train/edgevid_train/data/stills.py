"""Reads an image, and detects truncated ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgevid.media import decode_still, is_cut_short
from edgevid.types import Image
from edgevid_train.data.errors import DataError


def read_still(path: Path) -> Image:
    """Read an image, turned upright by its EXIF data.

    Returns:
        uint8 RGB, (H, W, 3).

    Raises:
        DataError: If it cannot be read, is no image or is cut short.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read: {reason}") from error
    if not content:
        raise DataError(f"{path}: the file is empty; give an image")
    if is_cut_short(content):
        raise DataError(f"{path}: the image is truncated; copy it again or leave it out")
    image = decode_still(content)
    if image is None:
        raise DataError(f"{path}: not an image that can be decoded; give PNG, JPEG or WebP")
    return np.ascontiguousarray(image[..., ::-1])
