"""A recorded file that behaves like a camera: its frames arrive in real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from edgevid.interfaces import Grabbed, Source
from edgevid.types import Gap, Image, SourceInfo


class PacedSource(Source):
    """Wraps a file source; each frame is grabbed at its pts and stamped with that moment."""

    def __init__(self, inner: Source) -> None:
        """Pace ``inner``."""
        super().__init__(inner.options, inner.uri)
        self._inner = inner
        self._started: float | None = None
        self._interrupted = threading.Event()

    def open(self) -> SourceInfo:
        """Open the file and present it as live."""
        return replace(self._inner.open(), live=True)

    def grab(self) -> Grabbed | Gap | None:
        """The next frame, when its time has come."""
        grabbed = self._inner.grab()
        if not isinstance(grabbed, Grabbed):
            return grabbed
        now = time.monotonic()
        if self._started is None:
            self._started = now - grabbed.pts_seconds
        if self._interrupted.wait(max(0.0, self._started + grabbed.pts_seconds - now)):
            return None
        return replace(grabbed, captured_at=time.monotonic())

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Decode."""
        return self._inner.retrieve(out)

    @property
    def warnings(self) -> Sequence[str]:
        """Source information of the file."""
        return self._inner.warnings

    def interrupt(self) -> None:
        """Stop waiting for the next frame's time."""
        self._interrupted.set()

    def close(self) -> None:
        """Close the file."""
        self._inner.close()
