"""``test``: a moving pattern with the frame index painted in, from no device and no file."""

from __future__ import annotations

import random
import re
import threading
import time
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, Field, field_validator

from edgevid.errors import SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.media.pattern import MAX_INDEX, paint_pattern
from edgevid.types import Gap, Image, SourceInfo

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


class PatternOptions(Options):
    """Appearance and timing of the pattern."""

    frames: int = Field(90, ge=0, le=MAX_INDEX, description="Number of frames; 0 for no end.")
    fps: float = Field(30.0, gt=0, le=1000, description="Frames per second.")
    size: str = Field("320x240", description="WIDTHxHEIGHT in pixels, at least 160x64.")
    live: bool = Field(
        False, description="Deliver in real time, like a camera, instead of as fast as possible."
    )
    jitter: float = Field(
        0.0, ge=0, lt=1, description="Spread of each frame's time, as a fraction of the interval."
    )
    seed: int = Field(0, description="Seed of the jitter.")

    @field_validator("size")
    @classmethod
    def _check_size(cls, value: str) -> str:
        match = _SIZE.fullmatch(value)
        if not match or not 160 <= int(match[1]) <= 16384 or not 64 <= int(match[2]) <= 16384:
            raise ValueError("must be WIDTHxHEIGHT from 160x64 to 16384x16384, for example 320x240")
        return value


class PatternSource(Source):
    """A test pattern with a frame index for ``read_index``."""

    Options: ClassVar[type[BaseModel]] = PatternOptions
    options: PatternOptions

    def __init__(self, options: PatternOptions, uri: str) -> None:
        super().__init__(options, uri)
        width, height = options.size.split("x")
        self._shape = (int(height), int(width), 3)
        self._random = random.Random(options.seed)
        self._interrupted = threading.Event()
        self._next = 0
        self._started = 0.0

    def open(self) -> SourceInfo:
        """Start the clock."""
        if self.uri.strip("/"):
            raise SourceOpenError(
                f"test: takes only options, got {self.uri!r}; for example test:?frames=90&fps=30"
            )
        self._started = time.monotonic()
        settings = self.options
        return SourceInfo(
            uri="test:",
            kind="test",
            live=settings.live,
            width=self._shape[1],
            height=self._shape[0],
            rate_hz=settings.fps,
            num_frames=settings.frames or None,
            duration_seconds=settings.frames / settings.fps if settings.frames else None,
            codec="raw",
            details={"pattern": "frame index"},
        )

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame, after waiting for its moment if live."""
        index, settings = self._next, self.options
        is_over = index > MAX_INDEX or (settings.frames and index >= settings.frames)
        if is_over or self._interrupted.is_set():
            return None
        pts = index / settings.fps
        if settings.jitter:
            # Between 0 and jitter intervals late: the order is kept, and time 0 stays the start.
            pts += self._random.random() * settings.jitter / settings.fps if index else 0.0
        if settings.live and self._interrupted.wait(self._started + pts - time.monotonic()):
            return None
        self._next += 1
        return Grabbed(index, pts, time.monotonic())

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Paint the frame."""
        image = (
            out if out is not None and out.shape == self._shape else np.empty(self._shape, np.uint8)
        )
        paint_pattern(self._next - 1, image)
        return image

    def interrupt(self) -> None:
        """Stop waiting for the next frame's moment."""
        self._interrupted.set()
