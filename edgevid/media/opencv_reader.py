"""Reads a file with OpenCV, and notices where that hands out frames it has not decoded."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edgevid.errors import SourceOpenError
from edgevid.media import opencv
from edgevid.media.reader import VideoInfo, VideoReader
from edgevid.types import Image

_MAX_DAMAGED_RUN = 2000
"""OpenCV says no for a damaged frame as for the end; this many noes in a row (some 30 ms at the
true end) mean the end."""
_BETWEEN_FRAMES = frozenset({"h264", "hevc", "mpeg4", "mpg1", "mpg2", "MPG2", "mpeg2video", "vc1"})
"""Codecs in which an image like the one before takes next to no bytes."""
_LOOKED_AT = 25


class OpenCVReader(VideoReader):
    """A file decoded by the FFmpeg in OpenCV."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Args:
            path: A video.

        Raises:
            SourceOpenError: If it is no video that this FFmpeg knows.
        """
        super().__init__(path)
        self._open()
        if not self._capture.isOpened():
            raise SourceOpenError(f"{path} cannot be read as video")

    def _open(self) -> None:
        self._capture: Any = opencv.open_capture(str(self.path.absolute()), cv2.CAP_FFMPEG)
        self._clock = opencv.CaptureClock(self._capture)

    @property
    def info(self) -> VideoInfo:
        """Information from the header."""
        capture = self._capture
        rate = opencv.rate_hz(capture)
        width, height = opencv.frame_size(capture)
        count = float(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        is_counted = 0 < count < 1e12 and math.isfinite(count)
        return VideoInfo(
            width=width,
            height=height,
            rate_hz=rate,
            codec=opencv.codec_name(capture),
            rotation_degrees=opencv.rotation_degrees(capture),
            num_frames=int(count) if is_counted else None,
            decoder="OpenCV",
        )

    def _grab(self) -> bool:
        attempts = next((n for n in range(_MAX_DAMAGED_RUN) if self._capture.grab()), None)
        if attempts is None:
            return False
        self.num_damaged += attempts
        self._pts_seconds = self._clock.pts_seconds()
        return True

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame."""
        return opencv.retrieve_into(self._capture, out)

    def rewind(self, seconds: float) -> None:
        """Go to the start."""
        # Where OpenCV lands after a seek depends on the container; from the start it is exact.
        self._capture.release()
        self._open()

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


def is_undecoded(reader: VideoReader) -> bool:
    """Whether OpenCV gives one image again and again though there are others in the file.

    Its converter refuses interlaced frames, and it says yes and hands out what is in its memory.
    Frames that really are alike take next to no bytes, which tells one from the other.

    Args:
        reader: Of the file; it stays where it is.
    """
    if reader.info.codec not in _BETWEEN_FRAMES:
        return False
    again = OpenCVReader(reader.path)
    first: Image | None = None
    num_equal = 0
    try:
        while num_equal < _LOOKED_AT and again.grab():
            image = again.retrieve()
            if image is None or (first is not None and not np.array_equal(image, first)):
                return False
            first = image
            num_equal += 1
    finally:
        again.close()
    sizes = _packet_sizes(reader.path, num_equal)[1:]
    most = 64 + reader.info.width * reader.info.height // 1000
    return len(sizes) > 1 and float(np.median(sizes)) > most


def _packet_sizes(path: Path, count: int) -> list[int]:
    """Bytes of a file's first packets, without decoding them."""
    capture = opencv.open_capture(str(path.absolute()), cv2.CAP_FFMPEG, [(cv2.CAP_PROP_FORMAT, -1)])
    sizes: list[int] = []
    try:
        while len(sizes) < count and capture.grab():
            done, packet = capture.retrieve()
            sizes.append(packet.size if done and packet is not None else 0)
    finally:
        capture.release()
    return sizes
