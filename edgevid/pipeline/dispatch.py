"""The dispatch thread: draws overlays and feeds sinks, each isolated from the others' failures."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgevid.interfaces import Overlay, Sink
from edgevid.pipeline.output import Output
from edgevid.pipeline.result import SinkOutcome
from edgevid.pipeline.ring_buffer import Slot
from edgevid.pipeline.statistics import Stages
from edgevid.types import Image

_logger = logging.getLogger(__name__)

_LARGEST_QUEUE = 1024
_PICTURES_PENDING = 4
_POLL_SECONDS = 0.1


@dataclass(slots=True)
class NamedSink:
    """A sink, what the user calls it, and how it fares."""

    name: str
    sink: Sink
    target: str | None = None
    """Target without passwords, for display."""
    error: str | None = None
    pictures_late: int = 0


@dataclass(slots=True)
class NamedOverlay:
    """An overlay and how it fares."""

    name: str
    overlay: Overlay
    error: str | None = None


@dataclass
class Dispatcher:
    """Owns the sinks and overlays of a run, and the thread in which they are called."""

    sinks: Sequence[NamedSink]
    overlays: Sequence[NamedOverlay]
    stages: Stages
    may_skip_pictures: bool
    """Live: leave out images rather than make inference wait for slow sinks."""
    _queue: queue.Queue[Output | None] = field(
        default_factory=lambda: queue.Queue(maxsize=_LARGEST_QUEUE)
    )
    _pending: int = 0
    _room: threading.Condition = field(default_factory=threading.Condition)
    _picture: Image | None = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._work, name="edgevid-dispatch", daemon=True)
        self.died: BaseException | None = None

    @property
    def wants_pictures(self) -> bool:
        """Whether any sink still wants images."""
        return any(s.sink.wants_pictures and s.error is None for s in self.sinks)

    @property
    def wants_saliency(self) -> bool:
        """Whether any sink still uses saliency maps, drawn or as numbers."""
        return self.wants_pictures or any(
            s.sink.wants_saliency and s.error is None for s in self.sinks
        )

    @property
    def stop_requested(self) -> str | None:
        """Name of a sink that wants the run to end, such as a window that was closed."""
        for named in self.sinks:
            if named.sink.stop_requested and named.error is None:
                return named.name
        return None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, output: Output, should_stop: Callable[[], bool]) -> None:
        """Queue an output; events and predictions are never left out, images may be."""
        if output.slot is not None and not self._admit_picture(should_stop):
            output.slot.release()
            output.slot = None
        while self._thread.is_alive():
            try:
                self._queue.put(output, timeout=_POLL_SECONDS)
                return
            except queue.Full:
                continue
        if output.slot is not None:
            output.slot.release()

    def _admit_picture(self, should_stop: Callable[[], bool]) -> bool:
        if not self.wants_pictures:
            return False
        with self._room:
            if self.may_skip_pictures and self._pending >= _PICTURES_PENDING:
                for named in self.sinks:
                    named.pictures_late += named.sink.wants_pictures
                return False
            while self._pending >= _PICTURES_PENDING:
                if should_stop() or not self._thread.is_alive():
                    return False
                self._room.wait(_POLL_SECONDS)
            self._pending += 1
        return True

    def finish(self, timeout_seconds: float) -> bool:
        """Deliver what is queued, close every sink; False if a sink hangs beyond the timeout."""
        deadline = time.monotonic() + timeout_seconds
        while self._thread.is_alive() and time.monotonic() < deadline:
            try:
                self._queue.put(None, timeout=_POLL_SECONDS)
                break
            except queue.Full:
                continue
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def outcomes(self) -> list[SinkOutcome]:
        """Outcomes of the sinks."""
        return [
            SinkOutcome(name=s.name, target=s.target, pictures_late=s.pictures_late, error=s.error)
            for s in self.sinks
        ]

    def _work(self) -> None:
        try:
            while (output := self._queue.get()) is not None:
                self._deliver(output)
        except BaseException as error:  # a bug of ours: the run must know of it
            self.died = error
            _logger.exception("the dispatch thread failed")
        finally:
            for named in self.sinks:
                # A sink that failed was closed when it failed.
                if named.error is None:
                    self._guard(named, named.sink.close, close_on_error=False)
            for drawn in self.overlays:
                try:
                    drawn.overlay.close()
                except Exception as error:
                    drawn.error = drawn.error or _line(error)

    def _deliver(self, output: Output) -> None:
        if output.prediction is not None and self.wants_pictures:
            self._observe(output)
        if output.slot is not None:
            try:
                self._show(output.slot)
            finally:
                output.slot.release()
                with self._room:
                    self._pending -= 1
                    self._room.notify_all()
        for named in self.sinks:
            self._guard(named, lambda s=named.sink: _emit(s, output))  # type: ignore[misc]  # bound

    def _show(self, slot: Slot) -> None:
        frame = slot.frame
        if frame is None:
            return
        started = time.perf_counter()
        if self._picture is None or self._picture.shape != frame.image.shape:
            self._picture = np.empty_like(frame.image)
        picture = self._picture
        np.copyto(picture, frame.image)
        for drawn in self.overlays:
            if drawn.error is None:
                try:
                    drawn.overlay.draw(picture, frame)
                except Exception as error:
                    self._disable_overlay(drawn, error)
        self.stages.add("overlay", time.perf_counter() - started)
        shown = picture.view()
        shown.flags.writeable = False
        for named in self.sinks:
            if named.sink.wants_pictures and named.error is None:
                started = time.perf_counter()
                self._guard(named, lambda s=named.sink: s.picture(shown, frame))  # type: ignore[misc]  # bound
                self.stages.add(f"sink.{named.name}", time.perf_counter() - started)

    def _observe(self, output: Output) -> None:
        for drawn in self.overlays:
            if drawn.error is None and output.prediction is not None:
                try:
                    drawn.overlay.observe(output.prediction, output.events)
                except Exception as error:
                    self._disable_overlay(drawn, error)

    def _disable_overlay(self, drawn: NamedOverlay, error: Exception) -> None:
        drawn.error = _line(error)
        _logger.warning("overlay %s is disabled: %s", drawn.name, drawn.error)

    def _guard(
        self, named: NamedSink, call: Callable[[], None], *, close_on_error: bool = True
    ) -> None:
        if named.error is not None and close_on_error:
            return
        try:
            call()
        except Exception as error:
            if named.error is None:
                named.error = _line(error)
                _logger.warning("sink %s is disabled: %s", named.name, named.error)
            if close_on_error:
                self._guard(named, named.sink.close, close_on_error=False)


def _emit(sink: Sink, output: Output) -> None:
    if output.gap is not None:
        sink.gap(output.gap)
    for change in output.availability:
        sink.availability(change)
    if output.prediction is not None:
        sink.prediction(output.prediction)
    for event in output.events:
        sink.event(event)


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if type(error).__module__ == "edgevid.errors" else f"{type(error).__name__}: {text}"
