"""Notices frames that OpenCV has not decoded, and lets PyAV go on from there."""

from __future__ import annotations

import numpy as np

from edgevid.media.reader import VideoInfo, VideoReader
from edgevid.types import Image

_FREE_CHECKS, _CHECK_SECONDS = 5, 10.0
"""Files that repeat frames are checked so often, and once more in each so many seconds."""
_RUN = 3
"""Equal frames in a row that are checked in any case."""
_MOST_DIFFERENCE = 1.0
"""Grey levels on average; both decoders give equal images."""


class WatchedReader(VideoReader):
    """A reader whose first frame, and frames like the one before, are compared with PyAV's.

    OpenCV's converter refuses interlaced frames; then it says yes and hands out the frame before,
    or at the start what is in memory, mostly zeros. A file may turn interlaced in its middle.
    """

    def __init__(self, reader: VideoReader) -> None:
        super().__init__(reader.path)
        self._reader = reader
        self._last = b""
        self._num_equal = 0
        self._num_checks = 0
        self._damaged_before = 0
        self.switched_at_seconds: float | None = None
        """Time stamp of the first frame that PyAV decoded instead."""

    @property
    def info(self) -> VideoInfo:
        """Information from the current reader."""
        return self._reader.info

    def _grab(self) -> bool:
        grabbed = self._reader.grab()
        self.num_damaged = self._damaged_before + self._reader.num_damaged
        self._pts_seconds = self._reader.pts_seconds
        return grabbed

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame; one that looks like no new frame is decoded by PyAV too."""
        image = self._reader.retrieve(out)
        seconds = self._reader.pts_seconds
        if image is None or seconds is None or self.switched_at_seconds is not None:
            return image
        if not self._is_due(image[::16, ::16], seconds):
            return image
        self._num_checks += 1
        decoded = self._decode_anew(image, seconds)
        if decoded is None or out is None or out.shape != decoded.shape:
            return image if decoded is None else decoded
        np.copyto(out, decoded)
        return out

    def _is_due(self, sample: Image, seconds: float) -> bool:
        """Whether a frame is to be checked, by some of its pixels."""
        pixels = sample.tobytes()
        is_first, is_equal = not self._last, pixels == self._last
        self._num_equal = self._num_equal + 1 if is_equal else 0
        self._last = pixels
        is_rare = self._num_checks < _FREE_CHECKS + seconds / _CHECK_SECONDS
        return is_first or self._num_equal == _RUN or (self._num_equal == 1 and is_rare)

    def _decode_anew(self, image: Image, seconds: float) -> Image | None:
        """The frame as PyAV decodes it, which goes on, if OpenCV's is another one."""
        from edgevid.media.pyav_reader import PyAVReader

        other = PyAVReader(self.path)
        is_found = other.seek(seconds) and other.grab() and other.pts_seconds == seconds
        decoded = other.retrieve() if is_found else None
        if decoded is not None and decoded.shape == image.shape:
            difference = float(np.abs(decoded.astype(np.int16) - image).mean())
            if difference > _MOST_DIFFERENCE:
                self._damaged_before = self._reader.num_damaged
                self._reader.close()
                self._reader, self.switched_at_seconds = other, seconds
                return decoded
        other.close()
        return None

    def rewind(self, seconds: float) -> None:
        """Go to a place where the next frame is not later than a time."""
        self._reader.rewind(seconds)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
