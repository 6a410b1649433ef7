"""The source ``synthetic:``: a drive rendered frame by frame."""

from __future__ import annotations

import threading
import time
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, Field

from edgevid import Gap, Grabbed, Options, Source, SourceInfo, SourceOpenError
from edgevid.types import Image
from edgevid_synth.labels import LABELS


class SyntheticOptions(Options):
    """Options of the drive and of its delivery."""

    seed: int = Field(default=0, ge=0, description="The same seed gives the same drive.")
    seconds: float = Field(default=60.0, gt=0, le=36000, description="Length of the drive.")
    fps: float = Field(default=10.0, gt=0, le=60, description="Frames per second.")
    size: int = Field(default=224, ge=32, le=1024, description="Pixels per side.")
    label: str | None = Field(default=None, description="Show this behaviour only.")
    light: Literal["day", "sun", "dusk", "night", "infrared"] | None = None
    live: bool = Field(default=False, description="Deliver in real time, as a camera does.")


class SyntheticDriveSource(Source):
    """Renders on ``retrieve``; a dropped frame costs nothing."""

    Options: ClassVar[type[BaseModel]] = SyntheticOptions
    options: SyntheticOptions

    def __init__(self, options: SyntheticOptions, uri: str) -> None:
        super().__init__(options, uri)
        self._interrupted = threading.Event()
        self._renderer: Any = None
        self._next = 0
        self._started = 0.0

    def open(self) -> SourceInfo:
        """Build the scene.

        Raises:
            SourceOpenError: If the label is unknown, or the URI holds more than options.
        """
        settings = self.options
        if self.uri.strip("/"):
            raise SourceOpenError(
                f"synthetic: takes only options, got {self.uri!r}; for example synthetic:?seed=7"
            )
        if settings.label is not None and settings.label not in LABELS:
            raise SourceOpenError(
                f"synthetic: label {settings.label!r} is not one of {', '.join(LABELS)}"
            )
        from edgevid_synth.description import SceneDescription
        from edgevid_synth.renderer import Renderer

        self._renderer = Renderer(
            SceneDescription(
                seed=settings.seed,
                label=settings.label,
                duration_seconds=settings.seconds,
                size=settings.size,
                light=settings.light,
            )
        )
        self._renderer.frame(0.0)  # compiles the kernels before the clock starts
        self._started = time.monotonic()
        return SourceInfo(
            uri="synthetic:",
            kind="synthetic",
            live=settings.live,
            width=settings.size,
            height=settings.size,
            rate_hz=settings.fps,
            num_frames=self._total,
            duration_seconds=settings.seconds,
            codec="raw",
            details={"seed": settings.seed},
        )

    @property
    def _total(self) -> int:
        return max(1, round(self.options.seconds * self.options.fps))

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame, waiting until it is due if live."""
        index = self._next
        if index >= self._total or self._interrupted.is_set():
            return None
        pts = index / self.options.fps
        if self.options.live and self._interrupted.wait(self._started + pts - time.monotonic()):
            return None
        self._next += 1
        return Grabbed(index, pts, time.monotonic())

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Render the frame just grabbed."""
        image: Image = self._renderer.frame((self._next - 1) / self.options.fps).image
        if out is None or out.shape != image.shape:
            return image
        np.copyto(out, image)
        return out

    def interrupt(self) -> None:
        """Stop waiting for the next frame."""
        self._interrupted.set()
