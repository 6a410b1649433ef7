"""``file``: a recording, with the container's own times."""

from __future__ import annotations

import math
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from pydantic import BaseModel

from edgevid.errors import SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.media import opencv
from edgevid.media.container import (
    EXACT_COUNT,
    Container,
    inspect,
    what_is_missing,
)
from edgevid.media.pts import Timeline
from edgevid.media.pyav import open_pyav
from edgevid.types import Gap, Image, SourceInfo

_STILL_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
_MAX_CORRUPT_RUN = 2000
"""OpenCV says no for a corrupt frame as for the end; this many noes in a row (some 30 ms at the
true end) mean the end."""


class FileOptions(Options):
    """A file takes no options: everything is in the container."""


class FileSource(Source):
    """A video file, or a picture as a video of one frame."""

    Options: ClassVar[type[BaseModel]] = FileOptions

    def __init__(self, uri: str, options: BaseModel) -> None:
        super().__init__(uri, options)
        self._path = Path(uri)
        self._capture: Any = None
        self._decoder = "OpenCV"
        self._codec: str | None = None
        self._still: Image | None = None
        self._container = Container(None)
        self._timeline = Timeline(None)
        self._duration_seconds: float | None = None
        self._pending: list[Grabbed | Gap] = []
        self._num_grabbed = 0
        self._num_corrupt = 0
        self._corrupt_at = ""
        self._is_ended = False

    def open(self) -> SourceInfo:
        """Open the file and find its first frame."""
        self._container = _check(self._path)
        if self._path.suffix.lower() in _STILL_SUFFIXES:
            return self._open_still()
        self._capture = opencv.open_capture(str(self._path.absolute()), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise SourceOpenError(_why_unreadable(self._path, self._container))
        self._codec = opencv.codec_name(self._capture)
        first = self._first_frame() or self._first_frame_by_pyav()
        if first is None:
            raise SourceOpenError(
                f"{self._path}: not a single frame could be decoded "
                f"(codec {self._codec or 'unknown'}); if other players show it, "
                'pip install "edgevid[video]", or convert it: ffmpeg -i IN -c:v libx264 OUT.mp4'
            )
        self._pending.append(first)
        return self._describe()

    def _first_frame(self) -> Grabbed | Gap | None:
        self._timeline = Timeline(opencv.rate_hz(self._capture))
        self._is_ended = False
        return self._advance()

    def _first_frame_by_pyav(self) -> Grabbed | Gap | None:
        capture = open_pyav(self._path)
        if capture is None:
            return None
        self._capture.release()
        self._capture, self._decoder = capture, "PyAV"
        return self._first_frame()

    def _describe(self) -> SourceInfo:
        width, height = opencv.frame_size(self._capture)
        rate = opencv.rate_hz(self._capture)
        count = float(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        is_counted = 0 < count < 1e12 and math.isfinite(count)
        kind = self._container.kind
        duration = self._container.duration_seconds
        if duration is None and is_counted and rate:
            duration = count / rate
            if kind == "matroska":
                # Its duration counts from zero, its frames may start later.
                start = float(self._capture.get(opencv.PTS_PROPERTY)) / rate
                duration -= start if 0 < start < duration else 0.0
        self._duration_seconds = duration
        return SourceInfo(
            uri=self.uri,
            kind="file",
            live=False,
            width=width,
            height=height,
            rate_hz=rate,
            num_frames=int(count) if is_counted and kind in EXACT_COUNT else None,
            duration_seconds=duration,
            codec=self._codec,
            rotation_degrees=opencv.rotation_degrees(self._capture),
            details={
                "container": kind,
                "decoder": self._decoder,
                "size_bytes": self._path.stat().st_size,
            },
        )

    def _open_still(self) -> SourceInfo:
        self._still = opencv.read_picture(self._path)
        if self._still is None:
            raise SourceOpenError(_why_unreadable(self._path, self._container))
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
        if self._capture is None or self._is_ended:
            return None
        return self._advance()

    def _advance(self) -> Grabbed | Gap | None:
        attempts = next((n for n in range(_MAX_CORRUPT_RUN) if self._capture.grab()), None)
        if attempts is None:
            self._is_ended = True
            return None
        if attempts:
            self._num_corrupt += attempts
            self._corrupt_at = self._corrupt_at or f"{self._timeline.end_seconds:.1f} s"
        pts, gap = self._timeline.advance(self._capture)
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
        return opencv.retrieve_into(self._capture, out)

    @property
    def warnings(self) -> Sequence[str]:
        """Cut-off position and trouble with time stamps."""
        damaged = [
            f"{self._path}: {self._num_corrupt} frames could not be decoded, the first of them at "
            f"{self._corrupt_at}"
        ]
        # Where a file is cut off, the frame under the knife is not worth a line of its own.
        return [
            *self._without_rate(),
            *(damaged if self._num_corrupt > self._container.is_cut_off else []),
            *self._timeline.warnings(),
            *self._incomplete(),
        ]

    def _without_rate(self) -> list[str]:
        if self._container.has_rate or self._capture is None:
            return []
        taken = opencv.rate_hz(self._capture) or 25
        return [
            f"{self._path}: its header gives no frame rate; its times are those of {taken:g} "
            f"frames a second, which may be wrong"
        ]

    def _incomplete(self) -> list[str]:
        if not self._is_ended:
            return []
        end = self._timeline.end_seconds
        interval = end - self._timeline.last_seconds
        missing = what_is_missing(self._container, end, interval, self._duration_seconds)
        return [f"{self._path}: {missing}"] if missing else []

    def close(self) -> None:
        """Release the decoder."""
        if self._capture is not None:
            self._capture.release()
        self._capture = None
        self._still = None
        self._pending.clear()


def _check(path: Path) -> Container:
    """Tell apart what the file system can tell apart, before FFmpeg only says no."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        # OpenCV takes the whole process down.
        raise SourceOpenError(f"{shown}: its name is not UTF-8; rename it") from None
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceOpenError(f"{path} is a directory; for its pictures give images:{path}")
        if not stat.S_ISREG(mode):
            raise SourceOpenError(f"{path} is not a regular file")
        if path.stat().st_size == 0:
            raise SourceOpenError(f"{path} is empty (0 bytes)")
        return inspect(path)
    except FileNotFoundError:
        raise SourceOpenError(f"{path}: no such file") from None
    except PermissionError:
        raise SourceOpenError(f"{path}: permission denied; check who may read it") from None
    except OSError as error:
        if isinstance(error, SourceOpenError):
            raise
        raise SourceOpenError(f"{path}: cannot be read: {error.strerror or error}") from error


def _why_unreadable(path: Path, container: Container) -> str:
    if container.kind == "text":
        return f"{path} holds text, not video"
    if container.kind == "mp4" and not container.has_index:
        return (
            f"{path} is incomplete: its index (moov) is missing, as after a recording that was "
            f"cut off; repair tools need a whole file of the same camera"
        )
    if container.is_cut_off:
        return f"{path} is cut off before its first frame"
    known = f" ({container.kind})" if container.kind else ""
    return (
        f"{path}{known} cannot be read as video: damaged, or in a format that FFmpeg does not know"
    )
