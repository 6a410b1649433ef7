"""``gstreamer``: a pipeline, where OpenCV was built with GStreamer."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
from pydantic import BaseModel

from edgevid.errors import SourceOpenError
from edgevid.io import redact
from edgevid.live_source import LiveOptions, LiveSource
from edgevid.media import opencv
from edgevid.types import SourceInfo


class GStreamerOptions(LiveOptions):
    """Everything else is in the pipeline."""


class GStreamerSource(LiveSource):
    """A GStreamer pipeline that ends in ``appsink``."""

    Options: ClassVar[type[BaseModel]] = GStreamerOptions
    options: GStreamerOptions
    kind: ClassVar[str] = "gstreamer"

    @classmethod
    def unavailable(cls) -> str | None:
        """The wheels of opencv-python come without GStreamer."""
        if cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
            return None
        return (
            "this OpenCV was built without GStreamer; use a distribution's OpenCV (python3-opencv, "
            "JetPack) or build it with -D WITH_GSTREAMER=ON"
        )

    @property
    def display_uri(self) -> str:
        """The pipeline without passwords."""
        return f"gstreamer:{redact(self.uri)}"

    def open(self) -> SourceInfo:
        """Check what can be checked before GStreamer only says no."""
        reason = self.unavailable()
        if reason is not None:
            raise SourceOpenError(f"{self.display_uri}: {reason}")
        if "appsink" not in self.uri:
            raise SourceOpenError(
                f"{self.display_uri}: the pipeline must end in appsink, for example "
                f"gstreamer:videotestsrc ! videoconvert ! appsink"
            )
        return super().open()

    def open_capture(self) -> Any:
        """Start the pipeline with explicit timeouts."""
        return opencv.open_capture(
            self.uri,
            cv2.CAP_GSTREAMER,
            [
                (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self.options.open_timeout_seconds * 1000),
                (cv2.CAP_PROP_READ_TIMEOUT_MSEC, self.options.stall_seconds * 1000),
            ],
        )

    def explain_failure(self) -> str:
        """GStreamer does not tell OpenCV why."""
        return "the pipeline does not start; try the same text with gst-launch-1.0"
