"""Notices black frames that OpenCV has not decoded, and lets PyAV go on from there."""

from __future__ import annotations

from edgevid.media.reader import VideoInfo, VideoReader
from edgevid.types import Image

_MAX_CHECKS = 5
"""Scenes that really are black are checked at most so often in a file."""


class WatchedReader(VideoReader):
    """A reader whose first black frames are compared with PyAV's.

    OpenCV's converter refuses interlaced frames, and says yes and hands out zeros. A file may turn
    interlaced in its middle.
    """

    def __init__(self, reader: VideoReader) -> None:
        super().__init__(reader.path)
        self._reader = reader
        self._was_black = False
        self._checks_left = _MAX_CHECKS
        self._damaged_before = 0
        self.switched_at_seconds: float | None = None
        """Time stamp of the first frame that PyAV decoded instead."""

    @property
    def info(self) -> VideoInfo:
        """That of the reader in charge."""
        return self._reader.info

    def _grab(self) -> bool:
        is_there = self._reader.grab()
        self.num_damaged = self._damaged_before + self._reader.num_damaged
        self._pts_seconds = self._reader.pts_seconds
        return is_there

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame; one that is black is decoded once more by PyAV."""
        image = self._reader.retrieve(out)
        if image is None or self.switched_at_seconds is not None:
            return image
        is_black = not image[::16, ::16].any() and not image.any()
        if is_black and not self._was_black and self._checks_left:
            self._checks_left -= 1
            image = self._checked(image, out)
        self._was_black = is_black
        return image

    def _checked(self, image: Image, out: Image | None) -> Image | None:
        from edgevid.media.pyav_reader import PyAVReader

        seconds = self._reader.pts_seconds
        if seconds is None:
            return image
        other = PyAVReader(self.path)
        is_there = other.seek(seconds) and other.grab()
        decoded = other.retrieve(out) if is_there and other.pts_seconds == seconds else None
        if decoded is None or not decoded.any():
            other.close()
            # The same array may have been written to.
            image[:] = 0
            return image
        self._damaged_before = self._reader.num_damaged
        self._reader.close()
        self._reader, self.switched_at_seconds = other, seconds
        return decoded

    def rewind(self, seconds: float) -> None:
        """Go to a place where the next frame is not later than a time."""
        self._reader.rewind(seconds)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
