"""``camera``: a V4L2 device."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any, ClassVar

import cv2
from pydantic import BaseModel, Field

from edgevid.errors import SourceOpenError
from edgevid.live_source import LiveOptions, LiveSource
from edgevid.media import opencv
from edgevid.types import SourceInfo

_DEVICE = re.compile(r"/dev/(video\d+|v4l/by-(id|path)/[^/]+)")


class CameraOptions(LiveOptions):
    """What to ask the driver for; it may give something else, which is reported."""

    width: int | None = Field(None, gt=0, description="Pixels.")
    height: int | None = Field(None, gt=0, description="Pixels.")
    fps: float | None = Field(None, gt=0, description="Frames per second.")
    fourcc: str | None = Field(
        None, pattern=r"^[ -~]{4}$", description="Pixel format, for example MJPG or YUYV."
    )


class CameraSource(LiveSource):
    """A camera by number or device path; a path under /dev/v4l/by-id survives replugging."""

    Options: ClassVar[type[BaseModel]] = CameraOptions
    options: CameraOptions
    kind: ClassVar[str] = "camera"

    @classmethod
    def unavailable(cls) -> str | None:
        """Say so on other systems than Linux."""
        if platform.system() == "Linux":
            return None
        return (
            "cameras are opened through Video4Linux, which only Linux has; give a file or a "
            "network stream, for example rtsp://HOST/PATH"
        )

    @property
    def display_uri(self) -> str:
        """The camera as it was named."""
        return f"camera:{self.uri}"

    @property
    def device(self) -> str:
        """Path of the device."""
        return (
            f"/dev/video{int(self.uri)}" if self.uri.isascii() and self.uri.isdigit() else self.uri
        )

    def open(self) -> SourceInfo:
        """Open the device, and compare what it gives with what was asked for."""
        if not _DEVICE.fullmatch(self.device):
            raise SourceOpenError(
                f"{self.display_uri}: give a number (camera:0) or a device (/dev/video0); "
                f"{_existing()}"
            )
        return super().open()

    def open_capture(self) -> Any:
        """Open it with size and format set before the first frame."""
        settings = self.options
        capture = opencv.open_capture(self.device, cv2.CAP_V4L2)
        if not capture.isOpened():
            return capture
        # The pixel format comes first: it decides which sizes and rates there are.
        if settings.fourcc:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*settings.fourcc))
        for prop, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, settings.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, settings.height),
            (cv2.CAP_PROP_FPS, settings.fps),
        ):
            if value is not None:
                capture.set(prop, value)
        return capture

    def describe(self, capture: Any) -> SourceInfo:
        """What the driver really gave."""
        info = super().describe(capture)
        options = self.options
        raw = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        fourcc = raw.to_bytes(4, "little").decode("latin-1")
        for what, wanted, given in (
            ("width", options.width, info.width),
            ("height", options.height, info.height),
            ("fps", options.fps, info.rate_hz),
            ("fourcc", options.fourcc, fourcc),
        ):
            if wanted is not None and wanted != given:
                self.note(
                    f"{self.display_uri}: asked for {what} {wanted}, the driver gives {given}"
                )
        return info

    def explain_failure(self) -> str:
        """Missing, forbidden, or busy."""
        device = Path(self.device)
        if not device.exists():
            return f"there is no {device}; {_existing()}"
        if not os.access(device, os.R_OK | os.W_OK):
            return f"no permission for {device}; add yourself to its group (video) and log in again"
        return f"{device} exists but gives no pictures; is another program using it? {_existing()}"


def _existing() -> str:
    """Devices that there are, as a sentence."""
    found = sorted(Path("/dev").glob("video*"), key=lambda p: (len(p.name), p.name))
    return f"cameras here: {', '.join(map(str, found))}" if found else "no /dev/video* exists here"
