"""One connection to a live source, in a thread of its own that can be abandoned.

OpenCV may block for ever in ``open`` or ``grab``; a thread that does cannot be stopped, but the
caller can go on without it. The thread releases its capture when it comes back.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reply:
    """Result of a call into OpenCV."""

    kind: Literal["done", "failed", "timeout", "interrupted"]
    """"failed": OpenCV refused. "timeout": it has not returned."""
    at: float = 0.0
    """``time.monotonic()`` when it came back."""
    detail: str = ""


_MAX_NOES = 64
"""OpenCV says no for a corrupt frame as for a connection that is gone; the latter repeats itself
in microseconds."""

_INTERRUPTED = Reply("interrupted")


RELEASE_SECONDS = 2.0
"""Total wait for threads that hang in OpenCV, seconds."""

_SERVING: weakref.WeakSet[IsolatedCapture] = weakref.WeakSet()


class IsolatedCapture:
    """A ``cv2.VideoCapture`` whose blocking calls end in time for the caller."""

    def __init__(
        self, open_capture: Callable[[], Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start the thread; it waits for ``open``.

        Args:
            open_capture: Makes the capture; called in the thread.
            clock: Time of a grab.
        """
        self._open_capture = open_capture
        self._clock = clock
        self._requests: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._is_abandoned = threading.Event()
        self.capture: Any = None
        """The capture, for ``retrieve`` and properties while no call is in progress."""
        _SERVING.add(self)
        self._thread = threading.Thread(target=self._serve, name="edgevid-capture", daemon=True)
        self._thread.start()

    def open(self, timeout_seconds: float) -> Reply:
        """Open the capture."""
        return self._call("open", timeout_seconds)

    def grab(self, timeout_seconds: float) -> Reply:
        """Grab the next frame."""
        return self._call("grab", timeout_seconds)

    def interrupt(self) -> None:
        """Make a waiting call return "interrupted" at once. Called from another thread."""
        self._replies.put(_INTERRUPTED)

    def abandon(self) -> None:
        """Never call this connection again; its thread releases the capture when it can."""
        self._is_abandoned.set()
        self._requests.put("stop")

    def join(self, timeout_seconds: float) -> bool:
        """Wait until an abandoned connection is released; False if it still hangs."""
        self._thread.join(max(0.0, timeout_seconds))
        return not self._thread.is_alive()

    def _call(self, request: str, timeout_seconds: float) -> Reply:
        self._requests.put(request)
        try:
            return self._replies.get(timeout=timeout_seconds)
        except queue.Empty:
            return Reply("timeout")

    def _grab(self, capture: Any) -> bool:
        return any(
            bool(capture.grab()) for _ in range(_MAX_NOES) if not self._is_abandoned.is_set()
        )

    def _serve(self) -> None:
        capture: Any = None
        while not self._is_abandoned.is_set():
            request = self._requests.get()
            if request == "stop":
                break
            detail = ""
            try:
                if request == "open":
                    capture = self._open_capture()
                    self.capture = capture
                    is_done = bool(capture.isOpened())
                else:
                    is_done = self._grab(capture)
            except Exception as error:  # a thread has no caller: the error goes to ours
                is_done, detail = False, f"{type(error).__name__}: {error}"
            self._replies.put(Reply("done" if is_done else "failed", self._clock(), detail))
        self.capture = None
        if capture is not None:
            capture.release()


def release_all(connections: Iterable[IsolatedCapture]) -> None:
    """Abandon connections and wait until they are released, but not for ever."""
    waiting = list(connections)
    for connection in waiting:
        connection.abandon()
    deadline = time.monotonic() + RELEASE_SECONDS
    for connection in waiting:
        connection.join(deadline - time.monotonic())


@atexit.register
def _release_at_exit() -> None:
    # A thread that comes back from OpenCV while the interpreter shuts down aborts the process.
    release_all(_SERVING)
