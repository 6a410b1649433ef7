"""``file``: a recording, with the container's own times."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import BaseModel

from edgevid.errors import SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.media import PtsRepair, Video, is_still, open_video, read_still
from edgevid.media.opening import check_file, unreadable_reason
from edgevid.types import Gap, Image, SourceInfo


class FileOptions(Options):
    """A file takes no options: everything is in the container."""


class FileSource(Source):
    """A video file, or an image as a video of one frame."""

    Options: ClassVar[type[BaseModel]] = FileOptions
    options: FileOptions
    recorded = True

    def __init__(self, options: FileOptions, uri: str) -> None:
        super().__init__(options, uri)
        self._path = Path(uri)
        self._video: Video | None = None
        self._still: Image | None = None
        self._timeline = PtsRepair(None)
        self._pending: list[Grabbed | Gap] = []
        self._num_grabbed = 0
        self._damaged_at = ""
        self._is_ended = False
        self._is_closed = False

    def open(self) -> SourceInfo:
        """Open the file and find its first frame."""
        if is_still(self._path):
            return self._open_still()
        video = open_video(self._path)
        self._video = video
        self._timeline = video.new_timeline()
        info = video.reader.info
        return SourceInfo(
            uri=self.uri,
            kind="file",
            live=False,
            width=info.width,
            height=info.height,
            rate_hz=info.rate_hz,
            num_frames=video.num_frames,
            duration_seconds=video.duration_seconds,
            codec=info.codec,
            rotation_degrees=info.rotation_degrees,
            details={
                "container": video.container.kind,
                "decoder": info.decoder,
                **({"decoder_reason": video.reason} if video.reason else {}),
                "size_bytes": self._path.stat().st_size,
            },
        )

    def _open_still(self) -> SourceInfo:
        container = check_file(self._path)
        self._still = read_still(self._path)
        if self._still is None:
            raise SourceOpenError(unreadable_reason(self._path, container))
        height, width = self._still.shape[:2]
        self._pending.append(Grabbed(0, 0.0, time.monotonic()))
        return SourceInfo(
            uri=self.uri,
            kind="file",
            live=False,
            width=width,
            height=height,
            num_frames=1,
            duration_seconds=0.0,
            codec=self._path.suffix.lower().lstrip("."),
        )

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame; times are the container's."""
        if self._pending:
            return self._pending.pop(0)
        if self._video is None or self._is_ended or self._is_closed:
            return None
        reader = self._video.reader
        if not reader.grab():
            self._is_ended = True
            return None
        if reader.num_damaged and not self._damaged_at:
            self._damaged_at = f"{self._timeline.end_seconds:.1f} s"
        pts, gap = self._timeline.place(reader.pts_seconds)
        grabbed = Grabbed(self._num_grabbed, pts, time.monotonic())
        self._num_grabbed += 1
        if gap is None:
            return grabbed
        self._pending.append(grabbed)
        return gap

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame to BGR, rotated as the container asks."""
        if self._still is not None:
            if out is None or out.shape != self._still.shape:
                out = np.empty_like(self._still)
            np.copyto(out, self._still)
            return out
        if self._video is None or self._is_closed:
            return None
        return self._video.reader.retrieve(out)

    @property
    def warnings(self) -> Sequence[str]:
        """Cut-off position and trouble with time stamps."""
        video = self._video
        if video is None:
            return []
        lines = []
        if not video.container.has_rate:
            lines.append(
                f"{self._path}: its header gives no frame rate; its times are those of "
                f"{self._timeline.rate_hz or 25:g} frames a second, which may be wrong"
            )
        # Where a file is cut off, the frame under the knife is not worth a line of its own.
        if video.reader.num_damaged > video.container.is_cut_off:
            lines.append(
                f"{self._path}: {video.reader.num_damaged} frames could not be decoded, the first "
                f"of them at {self._damaged_at or f'{self._timeline.end_seconds:.1f} s'}"
            )
        lines += self._timeline.warnings()
        missing = video.missing(self._timeline) if self._is_ended else None
        return [*lines, f"{self._path}: {missing}"] if missing else lines

    def close(self) -> None:
        """Release the decoder."""
        if self._video is not None:
            self._video.reader.close()
        self._is_closed = True
        self._still = None
        self._pending.clear()
