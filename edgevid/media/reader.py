"""One interface for reading a video file in order, with any decoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from edgevid.types import Image


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Header of a video, and its decoder."""

    width: int
    """Pixels, after rotation."""
    height: int
    """Pixels, after rotation."""
    rate_hz: float | None
    codec: str | None
    rotation_degrees: int
    """Clockwise, already applied to images."""
    num_frames: int | None
    """Frames by the header's count or estimate, with those that an edit list hides."""
    decoder: str
    """"OpenCV" or "PyAV"."""


class VideoReader(ABC):
    """Frames of a file in the order in which they are shown.

    ``grab`` advances, ``pts_seconds`` and ``retrieve`` are about the frame just grabbed. Both
    implementations give equal times and images for a file that both can decode.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_damaged = 0
        """Frames or packets so far that could not be decoded."""
        self._pts_seconds: float | None = None
        self._is_ahead = False

    @property
    @abstractmethod
    def info(self) -> VideoInfo:
        """Information from the header; complete once the first frame was grabbed."""

    @property
    def pts_seconds(self) -> float | None:
        """The container's own time of the frame, from the stream's start; None without one."""
        return self._pts_seconds

    def grab(self) -> bool:
        """Advance by one frame, passing over damage; False at the end."""
        if self._is_ahead:
            self._is_ahead = False
            return True
        return self._grab()

    def peek(self) -> bool:
        """Whether there is a next frame; ``retrieve`` already gives it, ``grab`` gives it again."""
        self._is_ahead = self._is_ahead or self._grab()
        return self._is_ahead

    def seek(self, seconds: float) -> bool:
        """Go to a time: ``grab`` then gives the first frame that is not shown earlier.

        Returns:
            False if there is none.
        """
        self._is_ahead = False
        self.rewind(seconds)
        while self._grab():
            if self._pts_seconds is not None and self._pts_seconds >= seconds:
                self._is_ahead = True
                return True
        return False

    @abstractmethod
    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame to uint8 BGR, (H, W, 3), upright, in ``out`` if its shape fits.

        Frames of another size than the first are scaled to it.

        Returns:
            ``out`` or a new array; None for a damaged frame.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    @abstractmethod
    def _grab(self) -> bool:
        """Advance by one frame and set ``_pts_seconds``."""

    @abstractmethod
    def rewind(self, seconds: float) -> None:
        """Go to a place where the next frame is not later than a time."""
