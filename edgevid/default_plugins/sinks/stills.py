"""The sink ``stills``: an image at the start of each event."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import directory_target, write_target
from edgevid.types import Event, Frame, Image

_LONGEST_LABEL = 60


class StillsSink(Sink):
    """The annotated frame at which an event was detected.

    Files are named ``0001_drinking_12.40s.jpg``: number of the event, label, start. They appear
    whole or not at all.
    """

    wants_pictures = True

    class Options(BaseOptions):
        """Options of the ``stills`` sink."""

        format: Literal["jpg", "png"] = Field(default="jpg", description="Image format.")
        quality: int = Field(default=90, ge=1, le=100, description="JPEG quality.")

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._directory: Path | None = None
        self._last: Image | None = None
        self._open_ids: set[str] = set()
        self._written = 0

    def open(self, session: RunInfo) -> None:
        """Create the directory.

        Raises:
            SinkError: If it cannot be written.
        """
        self._directory = directory_target("stills", self.target)

    def picture(self, picture: Image, frame: Frame) -> None:
        """Keep it until the next one: an event follows its frame."""
        if self._last is None or self._last.shape != picture.shape:
            self._last = np.empty_like(picture)
        np.copyto(self._last, picture)

    def event(self, event: Event) -> None:
        """Write the last frame when an event starts."""
        known = event.id in self._open_ids
        if event.is_open:
            self._open_ids.add(event.id)
        else:
            self._open_ids.discard(event.id)
        if not known and self._last is not None and self._directory is not None:
            self._written += 1
            self._write(self._directory / self._name(event), self._last)

    def _name(self, event: Event) -> str:
        return (
            f"{self._written:04d}_{safe_name(event.label)}_{event.start_seconds:.2f}s"
            f".{self.options.format}"
        )

    def _write(self, path: Path, picture: Image) -> None:
        settings = (
            [cv2.IMWRITE_JPEG_QUALITY, self.options.quality] if self.options.format == "jpg" else []
        )
        encoded, content = cv2.imencode(f".{self.options.format}", picture, settings)
        if not encoded:
            raise SinkError(
                f"sink stills: a frame of shape {picture.shape} cannot be encoded as {path.name}"
            )
        write_target("stills", path, content.tobytes())


def safe_name(label: str) -> str:
    """Make a label safe as part of a file name: no separators, no leading dots, not too long."""
    name = re.sub(r"[^\w.+-]+", "-", label)
    # Bytes count, not characters: file systems allow 255.
    name = name.encode("utf-8", "ignore")[:_LONGEST_LABEL].decode("utf-8", "ignore")
    return name.strip(".-") or "event"
