"""The sink ``window``: annotated frames on the screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import cv2
from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.types import Frame, Image

_ESCAPE = 27
_PROBE_SECONDS = 20
_INSTEAD = "write a file instead, for example --sink video:out.mp4"


class WindowSink(Sink):
    """Shows the annotated frames; ``q``, Escape or closing the window ends the run.

    The optional target is the window's title.
    """

    needs_target = False
    wants_pictures = True

    class Options(BaseOptions):
        """Options of the ``window`` sink."""

        fullscreen: bool = Field(default=False, description="Fill the screen.")

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._stop_requested = False
        self._title = target or "edgevid"
        self._is_shown = False

    @property
    def stop_requested(self) -> bool:
        """Whether the window was closed, or q or Esc pressed."""
        return self._stop_requested

    def open(self, session: RunInfo) -> None:
        """Check that a window can be shown.

        Raises:
            SinkError: Without a display, or with an OpenCV without windows.
        """
        if reason := _no_window():
            raise SinkError(f"sink window: {reason}; {_INSTEAD}")

    def picture(self, picture: Image, frame: Frame) -> None:
        """Show the frame and read the keyboard."""
        if self._stop_requested:
            return
        try:
            self._show(picture)
        except cv2.error as error:
            raise SinkError(f"sink window: cannot show the frame: {error}") from error

    def _show(self, picture: Image) -> None:
        # Created here and not in open: GUI toolkits want one thread for all of a window's calls.
        if not self._is_shown:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
            cv2.resizeWindow(self._title, picture.shape[1], picture.shape[0])
            if self.options.fullscreen:
                cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_FULLSCREEN)
            self._is_shown = True
        cv2.imshow(self._title, picture)
        key = cv2.waitKey(1) & 0xFF
        is_closed = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        self._stop_requested = key in (ord("q"), ord("Q"), _ESCAPE) or is_closed

    def close(self) -> None:
        """Close the window."""
        if self._is_shown:
            self._is_shown = False
            try:
                cv2.destroyWindow(self._title)
                cv2.waitKey(1)
            except cv2.error:
                # The user was faster.
                return


def _no_window() -> str | None:
    """Say why no window can be shown, or None."""
    if re.search(r"^\s*GUI:\s+NONE\s*$", cv2.getBuildInformation(), re.MULTILINE):
        return (
            "this OpenCV was built without windows (opencv-python-headless); "
            "install opencv-python in its place"
        )
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display:
        return "there is no display (DISPLAY and WAYLAND_DISPLAY are not set)"
    # The GUI toolkit aborts the whole process if it cannot connect: let another process try.
    probe = "import cv2; cv2.namedWindow('edgevid'); cv2.destroyAllWindows()"
    try:
        subprocess.run(
            [sys.executable, "-c", probe], check=True, capture_output=True, timeout=_PROBE_SECONDS
        )
    except subprocess.CalledProcessError:
        return f"the display {display!r} cannot be opened"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the display could not be tried: {error}"
    return None
