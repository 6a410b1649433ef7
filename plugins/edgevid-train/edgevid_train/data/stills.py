"""Reads a picture, and tells one that was cut short."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edgevid.types import Image
from edgevid_train.data.errors import DataError


def read_still(path: Path) -> Image:
    """Read a picture, turned upright by its EXIF data.

    Returns:
        uint8 RGB, (H, W, 3).

    Raises:
        DataError: If it cannot be read, is no picture or is cut short.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read: {reason}") from error
    if not data:
        raise DataError(f"{path}: the file is empty; give a picture")
    if not _is_whole(data):
        raise DataError(f"{path}: the picture is cut short; copy it again or leave it out")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise DataError(f"{path}: not a picture that can be decoded: {error.err}") from error
    if image is None:
        raise DataError(f"{path}: not a picture that can be decoded; give PNG, JPEG or WebP")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _is_whole(data: bytes) -> bool:
    # OpenCV fills the missing part of a picture with grey and says nothing.
    if data.startswith(b"\xff\xd8"):
        return data.find(b"\xff\xd9", _start_of_scan(data)) >= 0
    if data.startswith(b"\x89PNG"):
        return b"IEND" in data
    if data.startswith(b"RIFF"):
        return len(data) >= int.from_bytes(data[4:8], "little") + 8
    return True


def _start_of_scan(data: bytes) -> int:
    """Where a JPEG's pixels begin: a thumbnail before them has its own end mark."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
