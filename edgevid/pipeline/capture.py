"""The capture thread: grabs every frame, decodes those that the model or a sink wants."""

from __future__ import annotations

import time

import numpy as np

from edgevid.errors import SourceError, SourceLostError
from edgevid.interfaces import Grabbed, Source
from edgevid.pipeline.resampler import Resampler
from edgevid.pipeline.ring_buffer import RingBuffer, Slot
from edgevid.pipeline.statistics import Stages
from edgevid.pipeline.worker import Worker
from edgevid.types import Frame, Gap, Image

_POLL_SECONDS = 0.1


class Capture(Worker):
    """Moves frames from a source into the ring until the source ends or the run stops.

    The resampler sits here, before decoding: without a sink that wants images, a frame
    between two samples of the model's rate is never decoded.
    """

    def __init__(
        self,
        source: Source,
        source_id: str,
        ring: RingBuffer,
        sampler: Resampler,
        stages: Stages,
        *,
        want_all: bool,
        duration_seconds: float | None = None,
    ) -> None:
        """Prepare the thread; ``start`` starts it.

        Args:
            source: Already open.
            source_id: Free of passwords.
            ring: Where frames go.
            sampler: Decides which frames are analysed.
            stages: Where latencies are counted.
            want_all: Decode frames between two samples too.
            duration_seconds: End after so much of the source's timeline.
        """
        super().__init__("capture")
        self._source = source
        self._source_id = source_id
        self._ring = ring
        self._resampler = sampler
        self._stages = stages
        self._want_all = want_all
        self._duration_seconds = duration_seconds
        self.num_read = 0
        self.num_passed = 0
        self.first_seconds: float | None = None
        self.last_seconds = 0.0

    def stop(self) -> None:
        """Ask the thread to end; a blocked source is interrupted."""
        super().stop()
        self._source.interrupt()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                started = time.perf_counter()
                grabbed = self._source.grab()
                if grabbed is None:
                    break
                if isinstance(grabbed, Gap):
                    self._resampler.reset()
                    self._ring.put_gap(grabbed)
                    continue
                if self._over(grabbed):
                    break
                self._one(grabbed, started)
        except SourceError as error:
            self.error = error
        except Exception as error:
            kind = type(error).__name__
            self.error = SourceLostError(f"{self._source_id}: {kind}: {error}")
            self.error.__cause__ = error
        finally:
            self._ring.finish()

    def _over(self, grabbed: Grabbed) -> bool:
        if self.first_seconds is None:
            self.first_seconds = grabbed.pts_seconds
        elapsed = grabbed.pts_seconds - self.first_seconds
        return self._duration_seconds is not None and elapsed >= self._duration_seconds

    def _one(self, grabbed: Grabbed, started: float) -> None:
        self.num_read += 1
        self.last_seconds = grabbed.pts_seconds
        picked = self._resampler.due(grabbed.pts_seconds)
        if grabbed.lost is not None:
            self._lost(grabbed, grabbed.lost, picked=picked)
            return
        if not (picked or self._want_all):
            self._pass_over(grabbed)
            return
        grab_seconds = time.perf_counter() - started
        slot = self._reserve()
        if slot is None:
            self._resampler.skip(grabbed.pts_seconds)
            self._ring.drop("not_analysed" if self._stop.is_set() else "buffer_full", grabbed)
            return
        started = time.perf_counter()
        image = self._retrieve(slot)
        if image is None:
            self._resampler.skip(grabbed.pts_seconds)
            self._ring.drop("corrupt", grabbed)
            slot.release()
            return
        self._stages.add("decode", time.perf_counter() - started + grab_seconds)
        if picked:
            self._resampler.pick(grabbed.pts_seconds)
        else:
            self._resampler.skip(grabbed.pts_seconds)
        self._ring.put(slot, self._frame(image, grabbed), picked=picked)

    def _pass_over(self, grabbed: Grabbed) -> None:
        self._resampler.skip(grabbed.pts_seconds)
        self._ring.pass_over(grabbed)
        self.num_passed += 1

    def _lost(self, grabbed: Grabbed, cause: str, *, picked: bool) -> None:
        """Repeat the recorded run's decision, so that the same frames follow."""
        if cause == "not_recorded" and not picked:
            self._pass_over(grabbed)
            return
        if picked and cause == "stale":
            # It had been picked before it waited too long.
            self._resampler.pick(grabbed.pts_seconds)
        else:
            self._resampler.skip(grabbed.pts_seconds)
        self._ring.drop(cause, grabbed)

    def _reserve(self) -> Slot | None:
        slot = self._ring.reserve(_POLL_SECONDS)
        while slot is None and self._ring.policy == "every" and not self._stop.is_set():
            slot = self._ring.reserve(_POLL_SECONDS)
        return slot

    def _retrieve(self, slot: Slot) -> Image | None:
        image = self._source.retrieve(slot.image)
        if image is None:
            return None
        image = np.ascontiguousarray(image)
        slot.image = image
        return image

    def _frame(self, image: Image, grabbed: Grabbed) -> Frame:
        shown = image.view()
        shown.flags.writeable = False
        return Frame(
            image=shown,
            index=grabbed.index,
            pts_seconds=grabbed.pts_seconds,
            captured_at=grabbed.captured_at,
            source_id=self._source_id,
        )
