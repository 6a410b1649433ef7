"""Images in files: which those are, and reading them upright as BGR."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edgevid.media.opencv import as_bgr, silence
from edgevid.types import Image

STILL_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
"""Files with these suffixes are images; everything else is taken for a video."""
IMAGE_SUFFIXES = STILL_SUFFIXES | {".pgm", ".ppm", ".jp2"}
"""Files of a directory of images; a video may have none of these suffixes."""
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".wmv", ".gif"}
)
"""Usual suffixes of videos, for searching folders; files with others can be videos too."""


def is_still(path: Path) -> bool:
    """Whether a file is an image, by its suffix."""
    return path.suffix.lower() in STILL_SUFFIXES


def read_still(path: Path) -> Image | None:
    """Read an image, turned upright by its EXIF data.

    Returns:
        uint8 BGR, (H, W, 3); None if it cannot be read.
    """
    try:
        # Through memory, because imread misses names that the C library's locale cannot express.
        return decode_still(path.read_bytes())
    except OSError:
        return None


def decode_still(content: bytes) -> Image | None:
    """Decode the content of an image's file; as ``read_still``."""
    silence()
    encoded = np.frombuffer(content, np.uint8)
    try:
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    except cv2.error:
        return None
    return None if image is None else as_bgr(image)


def is_cut_short(content: bytes) -> bool:
    """Whether an image's file ends too early: OpenCV fills what is missing with grey."""
    if content.startswith(b"\xff\xd8"):
        return content.find(b"\xff\xd9", _start_of_scan(content)) < 0
    if content.startswith(b"\x89PNG"):
        return b"IEND" not in content
    if content.startswith(b"RIFF"):
        return len(content) < int.from_bytes(content[4:8], "little") + 8
    return False


def _start_of_scan(content: bytes) -> int:
    """Return the start of a JPEG's pixels: a thumbnail before them has its own end mark."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return at
