"""Reads a file with PyAV: what OpenCV's FFmpeg cannot decode, or converts wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edgevid.media.exact import Decoded, ExactDecoder
from edgevid.media.frames import rotation_of, to_array
from edgevid.media.pts import stream_seconds
from edgevid.media.reader import VideoInfo, VideoReader
from edgevid.types import Image

_BACK_SECONDS = (0.0, 1.0, 4.0, 16.0)
"""Offsets of earlier seeks, when a key frame turns out to be shown after the wanted time."""


class PyAVReader(VideoReader):
    """A file decoded by PyAV."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Args:
            path: A video.

        Raises:
            av.error.FFmpegError: If it cannot be opened.
            IndexError: If it holds no video.
        """
        import av

        super().__init__(path)
        self._error: type[Exception] = av.error.FFmpegError
        self._decoder = ExactDecoder(path, "count", threads=0)
        stream = self._decoder.stream
        context = stream.codec_context
        self._start, self._time_base = int(stream.start_time or 0), stream.time_base
        self._size_wh = (int(context.width), int(context.height))
        self._frames: Iterator[Decoded] = self._decoder.frames()
        self._frame: Any = None
        self._rotation = 0

    @property
    def info(self) -> VideoInfo:
        """Information from the header; the rotation is known from the first frame on."""
        stream = self._decoder.stream
        rate = float(stream.average_rate or stream.guessed_rate or 0) or None
        width, height = self._size_wh if self._rotation % 180 == 0 else self._size_wh[::-1]
        return VideoInfo(
            width=width,
            height=height,
            rate_hz=rate,
            codec=stream.codec_context.codec.canonical_name,
            rotation_degrees=self._rotation,
            num_frames=stream.frames or None,
            decoder="PyAV",
        )

    def _grab(self) -> bool:
        try:
            decoded = next(self._frames, None)
        except self._error:
            decoded = None
        self.num_damaged = self._decoder.num_damaged
        if decoded is None:
            return False
        self._frame = decoded.frame
        self._rotation = rotation_of(decoded.frame)
        self._pts_seconds = None
        if decoded.ticks is not None:
            self._pts_seconds = stream_seconds(decoded.ticks, self._start, self._time_base)
        return True

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame."""
        if self._frame is None:
            return None
        image = to_array(self._frame, self._size_wh)
        if out is None or out.shape != image.shape:
            return image
        np.copyto(out, image)
        return out

    def rewind(self, seconds: float) -> None:
        """Go to a key frame at a time or before."""
        limit = self._start + int(seconds / self._time_base)
        earlier = [
            self._start + int((seconds - back) / self._time_base)
            for back in _BACK_SECONDS
            if back < seconds
        ]
        self._frames = self._decoder.frames_from(limit, earlier)

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()
        self._frames, self._frame = iter(()), None
