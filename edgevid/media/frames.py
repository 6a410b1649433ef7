"""Frames of PyAV as arrays, with the pixel values that OpenCV gives for the same file."""

from __future__ import annotations

import threading
from typing import Any, Literal

import cv2
import numpy as np

from edgevid.types import Image

TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""Clockwise degrees of a container's display rotation, and what OpenCV calls the turn."""

_BT709 = 1
_BT2020_PRIMARIES = 9
_BT2020_MATRICES = frozenset({9, 10})
_HDR_TRANSFERS = frozenset({16, 18})
"""FFmpeg's numbers of PQ and HLG."""
_cache = threading.local()


def is_wide_colour(source: Any) -> bool:
    """Whether a frame or a codec context of PyAV is BT.2020, PQ or HLG, and not for BT.709."""
    return (
        source.color_primaries == _BT2020_PRIMARIES
        or source.color_trc in _HDR_TRANSFERS
        or getattr(source, "colorspace", None) in _BT2020_MATRICES
    )


def to_array(
    frame: Any,
    size_wh: tuple[int, int] | None = None,
    pixels: Literal["bgr24", "rgb24"] = "bgr24",
) -> Image:
    """Convert a frame, turned upright.

    OpenCV scales by ``SWS_BICUBIC`` and maps BT.2020, PQ and HLG to BT.709; with the same settings
    both give equal pixels. Bilinear, which is PyAV's default, differs by up to 50 grey levels at
    the edges of colours where chroma is scaled in general code: odd sizes and 10-bit 4:2:0.

    Args:
        frame: ``av.VideoFrame``.
        size_wh: Width and height before turning; the frame's own if None.
        pixels: Order of the channels.

    Returns:
        uint8, (H, W, 3).
    """
    from av.video.reformatter import Interpolation, VideoReformatter

    # Tables of a colour mapping take a second to make; a reformatter keeps them.
    reformatter = getattr(_cache, pixels, None) or VideoReformatter()
    setattr(_cache, pixels, reformatter)
    width, height = size_wh or (None, None)
    options: dict[str, Any] = {
        "width": width,
        "height": height,
        "format": pixels,
        "interpolation": Interpolation.BICUBIC,
    }
    if is_wide_colour(frame):
        options |= {"dst_color_trc": _BT709, "dst_color_primaries": _BT709}
    # One thread: a pool for every frame costs ten times the conversion of a small one.
    converted: Any = reformatter.reformat(frame, threads=1, **options)
    image: Image = converted.to_ndarray()
    turn = TURNS.get(rotation_of(frame))
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


def rotation_of(frame: Any) -> int:
    """Clockwise display rotation in degrees; PyAV counts counter-clockwise."""
    return -int(getattr(frame, "rotation", 0)) % 360
