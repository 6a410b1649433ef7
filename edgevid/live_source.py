"""Base of camera, stream and gstreamer: timeouts, stall watchdog, reconnection, gaps."""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from edgevid.errors import SourceLostError, SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.io import redact
from edgevid.media import opencv
from edgevid.media.backoff import Backoff, RestartBudget
from edgevid.media.isolated import IsolatedCapture, Reply, release_all
from edgevid.types import Gap, Image, SourceInfo

_logger = logging.getLogger(__name__)

_MAX_WARNINGS = 20


class LiveOptions(Options):
    """How a live source is opened, watched and brought back."""

    open_timeout_seconds: float = Field(10.0, gt=0, description="Longest time to connect.")
    stall_seconds: float = Field(
        20.0, gt=0, description="Longest time without a frame before reconnecting."
    )
    backoff_initial_seconds: float = Field(
        0.5, gt=0, description="First wait before reconnecting; it doubles each time."
    )
    backoff_max_seconds: float = Field(10.0, gt=0, description="Longest wait before reconnecting.")
    max_restarts: int = Field(
        30, ge=0, description="Attempts to reconnect within the window, then the source is lost."
    )
    restart_window_seconds: float = Field(
        600.0, gt=0, description="Window in which max_restarts counts."
    )
    retry_open: bool = Field(
        False, description="Keep trying if the source is unavailable at the start."
    )


class LiveSource(Source):
    """A source in real time. Subclasses say how to open a capture and how to explain failure."""

    Options: ClassVar[type[BaseModel]] = LiveOptions
    options: LiveOptions
    kind: ClassVar[str]

    def __init__(
        self, options: LiveOptions, uri: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the options; nothing is touched before ``open``.

        Args:
            options: A ``LiveOptions`` or a subclass of it.
            uri: Without the scheme's name.
            clock: For tests.
        """
        super().__init__(options, uri)
        self._clock = clock
        self._interrupted = threading.Event()
        self._backoff = Backoff(options.backoff_initial_seconds, options.backoff_max_seconds)
        self._budget = RestartBudget(options.max_restarts, options.restart_window_seconds)
        self._connection: IsolatedCapture | None = None
        self._abandoned: list[IsolatedCapture] = []
        self._pending: list[Grabbed | Gap] = []
        self._started = 0.0
        self._last_pts: float | None = None
        self._num_grabbed = 0
        self._notes: list[str] = []

    # ------------------------------------------------------------------ for subclasses

    @property
    @abstractmethod
    def display_uri(self) -> str:
        """URI for people, without passwords."""

    @abstractmethod
    def open_capture(self) -> Any:
        """Open the ``cv2.VideoCapture``; called in a thread, may block."""

    @abstractmethod
    def explain_failure(self) -> str:
        """Return why opening failed and what to do, for a message that names the source."""

    def describe(self, capture: Any) -> SourceInfo:
        """Properties of the connection."""
        width, height = opencv.frame_size(capture)
        return SourceInfo(
            uri=self.display_uri,
            kind=self.kind,
            live=True,
            width=width,
            height=height,
            rate_hz=opencv.rate_hz(capture),
            codec=opencv.codec_name(capture),
            rotation_degrees=opencv.rotation_degrees(capture),
        )

    def note(self, line: str) -> None:
        """Add a line to ``warnings``; the oldest go when there are too many."""
        if line not in self._notes:
            self._notes.append(line)
            del self._notes[:-_MAX_WARNINGS]

    # ------------------------------------------------------------------ the contract

    def open(self) -> SourceInfo:
        """Connect and wait for the first frame."""
        self._started = self._clock()
        failure = self._connect()
        if failure is not None:
            if not self.options.retry_open or self._interrupted.is_set():
                raise SourceOpenError(f"{self.display_uri}: {failure}")
            self.note(f"was not there at the start: {failure}")
            try:
                self._reconnect(failure)
            except SourceLostError as error:
                raise SourceOpenError(str(error)) from None
        if self._connection is None:
            raise SourceOpenError(f"{self.display_uri}: interrupted before it could be opened")
        # Times count from when frames flow, not from when connecting began.
        self._started = self._pending_frame().captured_at
        self._pending = [Grabbed(0, 0.0, self._started)]
        self._num_grabbed, self._last_pts = 1, 0.0
        return self.describe(self._connection.capture)

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one frame; reconnect if it stalls or the connection ends."""
        if self._interrupted.is_set():
            return None
        if self._pending:
            return self._pending.pop(0)
        if self._connection is None:
            return None
        reply = self._connection.grab(self.options.stall_seconds)
        if reply.kind == "done":
            return self._grabbed(reply)
        if reply.kind == "interrupted" or self._interrupted.is_set():
            return None
        return self._recover(self._describe_loss(reply))

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Convert the frame to BGR."""
        if self._connection is None or self._connection.capture is None:
            return None
        return opencv.retrieve_into(self._connection.capture, out)

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings about the connection."""
        return tuple(self._notes)

    def interrupt(self) -> None:
        """Make a blocked ``grab`` or ``open`` return soon."""
        self._interrupted.set()
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def close(self) -> None:
        """Let the connection go; a thread that hangs in the driver releases it later."""
        self.interrupt()
        self._drop_connection()
        self._pending.clear()
        release_all(self._abandoned)
        self._abandoned.clear()

    # ------------------------------------------------------------------ connecting

    def _recover(self, reason: str) -> Grabbed | Gap | None:
        lost_at = self._last_pts or 0.0
        _logger.warning("%s: %s; reconnecting", self.display_uri, reason)
        self._reconnect(reason)
        if self._interrupted.is_set() or self._connection is None:
            return None
        frame = self._pending_frame()
        gap = Gap(lost_at, frame.pts_seconds, reason)
        self.note(f"{reason} at {lost_at:.1f} s; back after {gap.duration_seconds:.1f} s")
        _logger.warning("%s: back after %.1f s", self.display_uri, gap.duration_seconds)
        return gap

    def _reconnect(self, reason: str) -> None:
        """Try until it works, is interrupted, or the budget is spent."""
        self._drop_connection()
        self._backoff.reset()
        while not self._interrupted.is_set():
            if not self._budget.take(self._clock()):
                raise SourceLostError(
                    f"{self.display_uri}: {reason}; gave up after {self._budget.max_restarts} "
                    f"attempts within {self._budget.window_seconds:g} s (max_restarts, "
                    f"restart_window_seconds)"
                )
            if self._interrupted.wait(self._backoff.next_delay()):
                return
            failure = self._connect()
            if failure is None:
                return
            reason = failure

    def _connect(self) -> str | None:
        """Open and grab the first frame, which becomes pending; otherwise say what failed."""
        connection = IsolatedCapture(self.open_capture, self._clock)
        self._connection = connection
        if self._interrupted.is_set():
            # An interrupt between the check of the caller and the line above reached nobody.
            connection.interrupt()
        # OpenCV gets the same timeout and should fail first, in order, without a lost thread.
        reply = connection.open(self.options.open_timeout_seconds * 1.25 + 0.25)
        failure: str | None = None
        if reply.kind == "timeout":
            failure = f"no answer within {self.options.open_timeout_seconds:g} s"
        elif reply.kind == "interrupted":
            failure = "interrupted"
        elif reply.kind != "done":
            failure = redact(reply.detail) or self.explain_failure()
        else:
            reply = connection.grab(
                min(self.options.stall_seconds, self.options.open_timeout_seconds * 2)
            )
            if reply.kind == "done":
                self._pending.append(self._grabbed(reply))
                return None
            failure = "connected, but no frame arrived"
        self._drop_connection()
        return failure

    def _describe_loss(self, reply: Reply) -> str:
        if reply.kind == "timeout":
            return f"no frame for {self.options.stall_seconds:g} s"
        return "the connection ended" + (f" ({redact(reply.detail)})" if reply.detail else "")

    def _grabbed(self, reply: Reply) -> Grabbed:
        pts = reply.at - self._started
        if self._last_pts is not None and pts <= self._last_pts:
            pts = self._last_pts + 1e-6
        self._last_pts = pts
        grabbed = Grabbed(self._num_grabbed, pts, reply.at)
        self._num_grabbed += 1
        return grabbed

    def _pending_frame(self) -> Grabbed:
        frame = self._pending[-1]
        assert isinstance(frame, Grabbed)
        return frame

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()
            self._abandoned = [c for c in self._abandoned if not c.join(0)]
            self._abandoned.append(connection)
