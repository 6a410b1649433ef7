"""The recorder thread: writes the inputs of inference; see ``edgevid/recording``."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from edgevid.card import Card
from edgevid.config.schema import RecordConfig, RunConfig
from edgevid.errors import RecordingError, one_line
from edgevid.pipeline.build import redacted_config
from edgevid.pipeline.result import RecordingOutcome, library_versions
from edgevid.pipeline.ring_buffer import Missed, Slot
from edgevid.pipeline.statistics import Stages
from edgevid.recording.manifest import RecordingManifest
from edgevid.recording.writer import RecordingWriter, check_new
from edgevid.types import Gap, SourceInfo, Vehicle

_logger = logging.getLogger(__name__)

_LARGEST_QUEUE = 1024
_PICTURES_PENDING = 4
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 10.0
"""Longest wait of inference for the disk before recording is given up, seconds."""
_PATIENCE_AT_END_SECONDS = 2.0

Write = Callable[[], None]


class Recorder:
    """Takes the inputs of inference, and makes inference wait while the disk is behind.

    Frames are then lost before the model, counted as always, so that the recording holds exactly
    the model's inputs. If it fails, or the disk hangs, the run goes on without it, and the part
    written until then can be replayed.
    """

    def __init__(self, writer: RecordingWriter, folder: str, *, all_frames: bool = True) -> None:
        """Prepare the thread; ``start`` starts it.

        Args:
            writer: Open.
            folder: As the user named it.
            all_frames: Or only those of the frames that are analysed.
        """
        self._writer = writer
        self._folder = folder
        self.all_frames = all_frames
        self._queue: queue.Queue[tuple[Write, Slot | None] | None] = queue.Queue(_LARGEST_QUEUE)
        self._room = threading.Semaphore(_PICTURES_PENDING)
        self._should_stop: Callable[[], bool] = lambda: False
        self._stages = Stages()
        self._thread = threading.Thread(target=self._work, name="edgevid-recorder", daemon=True)
        self._is_closing = threading.Event()
        self.error: str | None = None

    def start(self, should_stop: Callable[[], bool], stages: Stages) -> None:
        """Start the thread.

        Args:
            should_stop: Whether the run is ending, so that patience is short.
            stages: Where latencies are counted.
        """
        self._should_stop, self._stages = should_stop, stages
        self._thread.start()

    def frame(self, slot: Slot) -> None:
        """A frame came out of the ring; it is held until it is written."""
        frame = slot.frame
        if frame is None or not self._is_recording:
            return
        picked = slot.picked
        if not (picked or self.all_frames):
            self._put(lambda: self._writer.frame(frame, analysed=False, with_image=False))
            return
        if self._wait(lambda: self._room.acquire(timeout=_POLL_SECONDS)):
            slot.hold()
            self._put(lambda: self._writer.frame(frame, analysed=picked), slot)

    def missed(self, missed: Missed) -> None:
        """A frame that the model does not get."""
        index, pts, cause = missed.index, missed.pts_seconds, missed.cause
        if cause is None:
            self._put(lambda: self._writer.passed(index, pts))
        else:
            self._put(lambda: self._writer.drop(index, pts, cause))

    def gap(self, gap: Gap) -> None:
        """The source reported a gap."""
        self._put(lambda: self._writer.gap(gap))

    def vehicle(self, pts_seconds: float, vehicle: Vehicle) -> None:
        """Speed and standstill at an analysed frame."""
        self._put(lambda: self._writer.vehicle(pts_seconds, vehicle))

    @property
    def _is_recording(self) -> bool:
        return self.error is None and not self._is_closing.is_set() and self._thread.is_alive()

    def _put(self, write: Write, slot: Slot | None = None) -> None:
        def done() -> bool:
            try:
                self._queue.put((write, slot), timeout=_POLL_SECONDS)
            except queue.Full:
                return False
            return True

        if not (self._is_recording and self._wait(done)) and slot is not None:
            self._release(slot)

    def _wait(self, done: Callable[[], bool]) -> bool:
        """Try until it is done, the recorder fails, or patience is at its end."""
        since = time.monotonic()
        while self._is_recording:
            if done():
                return True
            patience = _PATIENCE_AT_END_SECONDS if self._should_stop() else _PATIENCE_SECONDS
            if time.monotonic() - since > patience:
                self._fail(f"{self._folder}: the disk did not keep up for {patience:g} s")
        return False

    def _release(self, slot: Slot) -> None:
        slot.release()
        self._room.release()

    def _fail(self, reason: str) -> None:
        if self.error is None:
            self.error = reason
            _logger.warning("recording ended: %s", reason)

    def finish(self, late: Iterable[Missed], timeout_seconds: float) -> bool:
        """Write what is queued and close; False if the disk hangs beyond the timeout.

        Args:
            late: Frames that were still on their way when inference had ended.
            timeout_seconds: Longest time to wait.
        """
        for missed in late:
            self.missed(missed)
        deadline = time.monotonic() + timeout_seconds
        self._is_closing.set()
        while self._thread.is_alive() and time.monotonic() < deadline:
            try:
                self._queue.put(None, timeout=_POLL_SECONDS)
                break
            except queue.Full:
                continue
        if self._thread.ident is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            write, slot = item
            started = time.perf_counter()
            try:
                if self.error is None:
                    write()
            except Exception as error:
                self._fail(_line(error))
            finally:
                if slot is not None:
                    self._stages.add("record", time.perf_counter() - started)
                    self._release(slot)
        self._close()

    def _close(self) -> None:
        try:
            self._writer.close(complete=self.error is None)
        except Exception as error:
            self._fail(_line(error))

    @property
    def outcome(self) -> RecordingOutcome:
        """Outcome of the recording."""
        try:
            size_bytes = self._writer.size_bytes
        except OSError as error:
            size_bytes = 0
            self._fail(f"{self._folder}: {error.strerror or error}")
        return RecordingOutcome(
            directory=self._folder,
            pictures=self._writer.num_pictures,
            size_bytes=size_bytes,
            error=self.error,
        )


def check_record(config: RunConfig) -> None:
    """Whether a recording can be made where the configuration says; opens nothing.

    Raises:
        RecordingError: If the folder is taken, or PyAV is missing.
    """
    if config.record is not None:
        check_new(_folder(config.record))


def _folder(config: RecordConfig) -> Path:
    try:
        return Path(config.directory).expanduser()
    except RuntimeError as error:
        raise RecordingError(f"{config.directory}: {error}") from None


def open_recorder(
    config: RunConfig, info: SourceInfo, card: Card, run_id: str, started_at: str
) -> Recorder | None:
    """The recorder of a configuration, its folder created; None if nothing is recorded.

    Raises:
        RecordingError: If the folder is there already or cannot be written.
    """
    if config.record is None:
        return None
    folder = _folder(config.record)
    manifest = RecordingManifest(
        run_id=run_id,
        started_at=started_at,
        source=info,
        model=card.model_dump(mode="json", include={"name", "version", "sha256", "input_rate_hz"}),
        config=redacted_config(config),
        versions=library_versions(),
        codec=check_new(folder),
    )
    return Recorder(
        RecordingWriter(folder, manifest),
        config.record.directory,
        all_frames=config.record.frames == "all",
    )


def _line(error: Exception) -> str:
    if isinstance(error, RecordingError):
        return one_line(error)
    return f"{type(error).__name__}: {one_line(error)}"
