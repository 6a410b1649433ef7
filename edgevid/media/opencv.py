"""``cv2.VideoCapture``: opened in silence, its properties, decoding into a given array."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import cv2

from edgevid.types import Image

PTS_PROPERTY: int = getattr(cv2, "CAP_PROP_PTS", -1)
"""Presentation time in frames; OpenCV before 4.11 does not have it and answers 0."""

_CODECS = {
    "avc1": "h264",
    "h264": "h264",
    "hevc": "hevc",
    "hvc1": "hevc",
    "hev1": "hevc",
    "vp80": "vp8",
    "vp90": "vp9",
    "av01": "av1",
    "fmp4": "mpeg4",
    "mp4v": "mpeg4",
    "xvid": "mpeg4",
    "mjpg": "mjpeg",
    "gif": "gif",
    "mpng": "png",
}


def silence() -> None:
    """Keep OpenCV and its FFmpeg off stderr, where they would print whole URLs with passwords.

    Values that the user set in the environment stay. FFmpeg's is read when the first video is
    opened, so this comes before every open.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_capture(target: str, api: int, params: Sequence[tuple[int, float]] = ()) -> Any:
    """Open a ``cv2.VideoCapture``; the caller asks ``isOpened``."""
    silence()
    flat = [int(value) for pair in params for value in pair]
    capture = cv2.VideoCapture(target, api, flat)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def codec_name(capture: Any) -> str | None:
    """Codec in common spelling, or the four-character code, or None."""
    code = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    text = code.to_bytes(4, "little").decode("latin-1").strip(" \0")
    if not text or not text.isprintable():
        return None
    return _CODECS.get(text.lower(), text)


def rate_hz(capture: Any) -> float | None:
    """Frames per second as the header or the driver says, or None."""
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    return rate if 0 < rate < 1e5 else None


def rotation_degrees(capture: Any) -> int:
    """Clockwise display rotation of the container."""
    return int(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 360


def frame_size(capture: Any) -> tuple[int, int]:
    """Width and height in pixels, after rotation."""
    return int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))


def retrieve_into(capture: Any, out: Image | None) -> Image | None:
    """Convert the grabbed frame to BGR, in ``out`` if its shape fits; None if it is corrupt."""
    try:
        done, image = capture.retrieve() if out is None else capture.retrieve(out)
    except cv2.error:
        return None
    return as_bgr(image) if done and image is not None and image.size else None


def as_bgr(image: Any) -> Image | None:
    """Bring grey, BGRA and 16-bit images to uint8 BGR; None if that cannot be done."""
    if image.dtype == "uint16":
        image = (image >> 8).astype("uint8")
    if image.dtype != "uint8":
        return None
    if image.ndim == 2 or image.shape[2] == 1:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    elif image.shape[2] == 4:
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    bgr: Image = image
    return bgr


class CaptureClock:
    """Time stamps of a capture's frames."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture
        self._is_first = True
        self._last_stamp: float | None = None

    def pts_seconds(self) -> float | None:
        """Time of the frame just grabbed, from the stream's start; None if it carries none."""
        pts = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
        stamp = self._capture.get(PTS_PROPERTY)
        # OpenCV gives 0 for a frame without a time stamp, and leaves the other property as it was.
        is_missing = not self._is_first and pts == 0.0 and stamp == self._last_stamp
        self._is_first, self._last_stamp = False, stamp
        return None if is_missing else pts
