"""``stream``: a network stream, or a finite file behind a URL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import cv2
from pydantic import BaseModel

from edgevid.errors import SourceOpenError
from edgevid.interfaces import Grabbed
from edgevid.io import redact
from edgevid.live_source import LiveOptions, LiveSource
from edgevid.media import opencv
from edgevid.media.isolated import Reply
from edgevid.media.pts import PtsRepair
from edgevid.media.uri import STREAM_SCHEMES
from edgevid.types import Gap, SourceInfo


class StreamOptions(LiveOptions):
    """Options of the URL itself stay in the URL."""


class StreamSource(LiveSource):
    """A URL that FFmpeg can open."""

    Options: ClassVar[type[BaseModel]] = StreamOptions
    options: StreamOptions
    kind: ClassVar[str] = "stream"

    def __init__(self, options: StreamOptions, uri: str, **rest: Any) -> None:
        super().__init__(options, uri, **rest)
        self._timeline: PtsRepair | None = None
        self._stamps: opencv.CaptureClock | None = None
        self._duration_seconds: float | None = None
        self._is_ended = False

    @property
    def display_uri(self) -> str:
        """The URL without password and tokens."""
        return redact(self.uri)

    def open(self) -> SourceInfo:
        """Connect, after a look at the scheme: FFmpeg would take a bare text for a local file."""
        scheme, separator, _ = self.uri.partition("://")
        if not separator or scheme.lower() not in STREAM_SCHEMES:
            raise SourceOpenError(
                f"{self.display_uri}: not a stream; give a URL that starts with one of "
                f"{', '.join(sorted(STREAM_SCHEMES))}"
            )
        return super().open()

    def open_capture(self) -> Any:
        """Open it with explicit timeouts."""
        return opencv.open_capture(
            self.uri,
            cv2.CAP_FFMPEG,
            [
                (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self.options.open_timeout_seconds * 1000),
                (cv2.CAP_PROP_READ_TIMEOUT_MSEC, self.options.stall_seconds * 1000),
            ],
        )

    def describe(self, capture: Any) -> SourceInfo:
        """Live, unless it is HTTP and its header says how long it is."""
        info = super().describe(capture)
        count = float(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        is_http = self.uri.lower().startswith(("http://", "https://"))
        if not is_http or not 0 < count < 1e12 or not math.isfinite(count) or not info.rate_hz:
            return info
        self._timeline = PtsRepair(info.rate_hz)
        self._stamps = opencv.CaptureClock(capture)
        self._duration_seconds = count / info.rate_hz
        first = self._pending_frame()
        pts, _ = self._timeline.place(self._stamps.pts_seconds())
        self._pending = [Grabbed(0, pts, first.captured_at)]
        return replace(info, live=False, duration_seconds=self._duration_seconds)

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame; a finite file ends at its end and is not opened again."""
        if self._timeline is None or self._stamps is None or self._pending:
            return super().grab()
        if self._is_ended or self._interrupted.is_set() or self._connection is None:
            return None
        reply = self._connection.grab(self.options.stall_seconds)
        if reply.kind != "done":
            self._is_ended = True
            self._explain_end(reply)
            return None
        pts, gap = self._timeline.place(self._stamps.pts_seconds())
        grabbed = Grabbed(self._num_grabbed, pts, reply.at)
        self._num_grabbed += 1
        if gap is None:
            return grabbed
        self._pending.append(grabbed)
        return gap

    def _explain_end(self, reply: Reply) -> None:
        assert self._timeline is not None
        end, whole = self._timeline.end_seconds, self._duration_seconds or 0.0
        interval = end - self._timeline.last_seconds
        if reply.kind != "interrupted" and end < 0.98 * whole - 2 * interval:
            self.note(
                f"{self.display_uri}: {self._describe_loss(reply)} at {end:.1f} s of {whole:.1f} s"
            )

    @property
    def warnings(self) -> Sequence[str]:
        """What happened to the connection and to the time stamps."""
        return (*super().warnings, *(self._timeline.warnings() if self._timeline else ()))

    def explain_failure(self) -> str:
        """FFmpeg does not tell OpenCV why."""
        return (
            "cannot be opened: check address, port, user and password, and that the stream runs "
            f"(waited up to {self.options.open_timeout_seconds:g} s)"
        )
