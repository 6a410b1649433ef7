"""Origin of frames."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from edgevid.interfaces.base import Plugin
from edgevid.types import Gap, Image, SourceInfo


@dataclass(frozen=True, slots=True)
class Grabbed:
    """A frame that is there but not decoded yet."""

    index: int
    pts_seconds: float
    captured_at: float
    lost: str | None = None
    """A recording has no image of it, because the recorded run dropped it for this cause."""


class Source(Plugin):
    """Origin of frames.

    The capture thread calls ``open`` once, then ``grab``, and ``retrieve`` only for the frames that
    are wanted, so that a dropped frame costs no decode.
    """

    recorded: ClassVar[bool] = False
    """Whether it plays recordings: each ends, can be opened again, also in another process, and
    gives the same frames then. Only such a source can be named in ``edgevid batch``."""

    def __init__(self, options: BaseModel, uri: str) -> None:
        super().__init__(options)
        self.uri = uri

    @abstractmethod
    def open(self) -> SourceInfo:
        """Open it, loudly.

        Raises:
            SourceOpenError: One line with the given value and the remedy.
        """

    @abstractmethod
    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame. None is the end; a Gap means that an interval is missing.

        Never blocks for ever: a live source reconnects inside and gives up with an error.

        Raises:
            SourceLostError: If it cannot go on.
        """

    @abstractmethod
    def retrieve(self, out: Image | None = None) -> Image | None:
        """Decode the frame just grabbed, into ``out`` if its shape fits.

        Returns:
            uint8 BGR, (H, W, 3): ``out`` itself or a new array. None for a corrupt frame.
        """

    def content_sha256(self) -> str | None:
        """Digest of the open recording: an equal one promises equal frames at equal times.

        Returns:
            None, the default, if none is known without decoding.
        """
        return None

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings for the end of a run, for example that the file is cut off."""
        return ()

    def interrupt(self) -> None:
        """Make a blocked ``grab`` return soon. Called from another thread."""
