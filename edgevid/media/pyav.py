"""Decodes with PyAV what OpenCV's FFmpeg cannot, above all AV1, behind OpenCV's own interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edgevid.media.opencv import PTS_PROPERTY
from edgevid.types import Image

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def open_pyav(path: Path) -> PyAVCapture | None:
    """Open a file with PyAV; None if that is not installed or does not know the file either."""
    try:
        import av
    except ImportError:
        return None
    try:
        return PyAVCapture(av.open(f"file:{path.absolute()}"), av.error.FFmpegError)
    except (av.error.FFmpegError, ValueError, IndexError):
        return None


class PyAVCapture:
    """The part of ``cv2.VideoCapture`` that a file needs."""

    def __init__(self, container: Any, error: type[Exception]) -> None:
        """Take over an open container.

        Args:
            container: ``av.container.InputContainer``.
            error: What PyAV raises for a corrupt packet.
        """
        self._container = container
        self._error = error
        self._stream = container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._packets: Iterator[Any] = container.demux(self._stream)
        self._decoded: list[Any] = []
        self._frame: Any = None
        self._rotation = 0

    def isOpened(self) -> bool:
        """Whether frames can be asked for."""
        return self._container is not None

    def grab(self) -> bool:
        """Decode the next frame; False for a corrupt packet and at the end."""
        try:
            while not self._decoded:
                packet = next(self._packets, None)
                if packet is None:
                    return False
                self._decoded += packet.decode()
        except self._error:
            return False
        self._frame = self._decoded.pop(0)
        self._rotation = _rotation_of(self._frame)
        return True

    def retrieve(self, out: Image | None = None) -> tuple[bool, Image | None]:
        """Convert to BGR, turned upright, in ``out`` if its shape fits."""
        if self._frame is None:
            return False, None
        image = bgr_of(self._frame)
        if out is None or out.shape != image.shape:
            return True, image
        np.copyto(out, image)
        return True, out

    def get(self, prop: int) -> float:
        """The properties that the file source asks for; 0 for others, as OpenCV does."""
        stream = self._stream
        is_turned = self._rotation in (90, 270)
        sides = (stream.codec_context.width, stream.codec_context.height)
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        if prop == cv2.CAP_PROP_POS_MSEC:
            return self._pts_seconds() * 1000
        if prop == PTS_PROPERTY:
            # In frames, with the container's own start, as OpenCV gives it.
            return (self._pts_seconds() + self._start_seconds()) * rate
        if prop == cv2.CAP_PROP_FPS:
            return rate
        if prop == cv2.CAP_PROP_FRAME_COUNT:
            seconds = (self._container.duration or 0) / 1e6
            return float(stream.frames or round(seconds * rate))
        if prop == cv2.CAP_PROP_FRAME_WIDTH:
            return float(sides[is_turned])
        if prop == cv2.CAP_PROP_FRAME_HEIGHT:
            return float(sides[not is_turned])
        if prop == cv2.CAP_PROP_ORIENTATION_META:
            return float(self._rotation)
        return 0.0

    def _pts_seconds(self) -> float:
        if self._frame is None or self._frame.pts is None:
            return 0.0
        return float(self._frame.pts * self._frame.time_base) - self._start_seconds()

    def _start_seconds(self) -> float:
        return float((self._stream.start_time or 0) * self._stream.time_base)

    def release(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        self._container = None
        self._frame = None
        self._decoded.clear()


def bgr_of(frame: Any) -> Image:
    """A frame of PyAV as uint8 BGR, (H, W, 3), turned upright."""
    image: Image = frame.to_ndarray(format="bgr24")
    turn = _TURNS.get(_rotation_of(frame))
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


def _rotation_of(frame: Any) -> int:
    # PyAV counts counter-clockwise, OpenCV and people clockwise.
    return -int(getattr(frame, "rotation", 0)) % 360
