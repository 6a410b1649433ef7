"""The sink ``video``: the annotated frames as a video file."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import file_target, writing
from edgevid.media.encoder import (
    CONTAINERS,
    NEED,
    VideoEncoder,
    choose_codec,
)
from edgevid.types import Frame, Image


class VideoSink(Sink):
    """A .mp4, .mkv or .webm file in which every frame keeps its time.

    Intervals are those of the source, so that video of variable rate plays as recorded; a gap in
    the source is a still frame. A killed run leaves a file that plays up to about the last second.
    An odd width or height grows by one pixel, a copy of the edge. If the size changes during a
    run, later frames are fitted into the first size with black borders.
    """

    wants_pictures = True

    class Options(BaseOptions):
        """Options of the ``video`` sink."""

        codec: Literal["auto", "h264", "mpeg4", "vp9"] = Field(
            default="auto",
            description="Codec. auto: vp9 for .webm, else h264 if this PyAV has it, else mpeg4.",
        )
        crf: int = Field(
            default=23, ge=0, le=51, description="Constant rate factor; lower is better."
        )
        preset: Literal[
            "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"
        ] = Field(
            default="ultrafast", description="Preset of h264; slower ones make smaller files."
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._path: Path | None = None
        self._codec = ""
        self._rate: Fraction | None = None
        self._encoder: VideoEncoder | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """Say so if PyAV is missing."""
        return None if importlib.util.find_spec("av") else NEED

    def open(self, session: RunInfo) -> None:
        """Create the file; the encoder starts with the first frame.

        Raises:
            SinkError: If it cannot be written, or has an unsupported suffix.
        """
        if reason := self.unavailable():
            raise SinkError(f"sink video: {reason}")
        path = file_target("video", self.target, "out.mp4")
        suffix = path.suffix.lower()
        if suffix not in CONTAINERS:
            why = ", which cannot hold a variable frame rate" if suffix == ".avi" else ""
            raise SinkError(
                f"sink video: {path.name} is {suffix or 'without a suffix'}{why}; "
                f"use {', '.join(CONTAINERS)}"
            )
        self._codec = choose_codec(suffix, self.options.codec)
        if session.source.rate_hz:
            self._rate = Fraction(session.source.rate_hz).limit_denominator(1001)
        with writing("video", path):
            path.open("wb").close()
        self._path = path.absolute()

    def picture(self, picture: Image, frame: Frame) -> None:
        """Encode and write it.

        Raises:
            SinkError: If the disk is full or the encoder refuses.
        """
        if self._path is None:
            return
        with writing("video", self._path):
            if self._encoder is None:
                height, width = picture.shape[:2]
                self._encoder = VideoEncoder(
                    self._path,
                    self._codec,
                    (width, height),
                    self._rate,
                    crf=self.options.crf,
                    preset=self.options.preset,
                )
            self._encoder.write(picture, frame.pts_seconds)

    def close(self) -> None:
        """Finish the file; a file without frames is removed, as no player opens it."""
        if self._path is None:
            return
        path, encoder = self._path, self._encoder
        self._path = self._encoder = None
        with writing("video", path):
            try:
                if encoder is not None:
                    encoder.close()
            finally:
                if path.is_file() and path.stat().st_size == 0:
                    path.unlink()
