"""``recording``: what another run saw, frame by frame, with what it lost."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from edgevid.errors import RecordingError, SourceLostError, SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.recording.frame_log import DropEntry, GapEntry
from edgevid.recording.pictures import NEED
from edgevid.recording.reader import RecordingReader
from edgevid.types import Gap, Image, SourceInfo


class RecordingOptions(Options):
    """A recording takes no options: it goes as it went."""


class RecordingSource(Source):
    """A folder that ``edgevid record`` wrote.

    Frames have the indices and times of the recorded run; one that it lost comes without an
    image and says why, so that the same frames reach the model.
    """

    Options: ClassVar[type[BaseModel]] = RecordingOptions
    options: RecordingOptions

    def __init__(self, options: RecordingOptions, uri: str) -> None:
        super().__init__(options, uri)
        self._folder = Path(uri)
        self._reader: RecordingReader | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """PyAV decodes the images."""
        return None if importlib.util.find_spec("av") else NEED

    def open(self) -> SourceInfo:
        """Read what the recording says of itself."""
        try:
            self._reader = RecordingReader(self._folder)
        except RecordingError as error:
            raise SourceOpenError(str(error)) from error
        recorded = self._reader.manifest.source
        return replace(
            recorded,
            kind="recording",
            live=False,
            num_frames=self._reader.num_frames,
            duration_seconds=self._reader.duration_seconds,
            details={"recorded": {"kind": recorded.kind, "live": recorded.live}},
        )

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame, as the recorded run did."""
        if self._reader is None:
            return None
        try:
            entry = self._reader.advance()
        except RecordingError as error:
            raise SourceLostError(str(error)) from error
        if entry is None:
            return None
        if isinstance(entry, GapEntry):
            return entry.gap
        if isinstance(entry, DropEntry):
            lost: str | None = entry.cause
        else:
            lost = None if entry.video is not None else "not_recorded"
        return Grabbed(entry.index, entry.pts_seconds, time.monotonic(), lost)

    def retrieve(self, out: Image | None = None) -> Image | None:
        """The image that was recorded, bit for bit."""
        try:
            return None if self._reader is None else self._reader.picture(out)
        except RecordingError as error:
            raise SourceLostError(str(error)) from error

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings about a recording that was cut off."""
        if self._reader is None or self._reader.cut_off_seconds is None:
            return ()
        return [
            f"{self._folder}: the recording was cut off at {self._reader.cut_off_seconds:.1f} s; "
            f"every frame before was replayed"
        ]

    def close(self) -> None:
        """Close the files."""
        if self._reader is not None:
            self._reader.close()
