"""The inference thread: model, explainer and event engine, for one stream."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edgevid.errors import EdgevidError
from edgevid.pipeline.dispatch import Dispatcher
from edgevid.pipeline.online import OnlineStream
from edgevid.pipeline.output import Output
from edgevid.pipeline.recorder import Recorder
from edgevid.pipeline.ring_buffer import Missed, RingBuffer, Slot
from edgevid.pipeline.statistics import Stages
from edgevid.pipeline.worker import Worker
from edgevid.types import Frame, Gap

_POLL_SECONDS = 0.1

Consumer = Callable[[Output, "Frame | None", Callable[[], bool]], None]
"""Takes each output in the inference thread, with its frame, before the sinks get it.

It may block, which holds up inference as a slow model would, until the third argument says that
the run is stopping. The frame's image is valid only until it returns.
"""


class Inference(Worker):
    """Takes frames from the ring, in order, until it is exhausted or the run stops."""

    def __init__(
        self,
        stream: OnlineStream,
        ring: RingBuffer,
        dispatcher: Dispatcher,
        stages: Stages,
        on_end: Callable[[], None],
        *,
        recorder: Recorder | None = None,
        consumer: Consumer | None = None,
    ) -> None:
        """Prepare the thread; ``start`` starts it. ``on_end`` is called in it, last of all."""
        super().__init__("inference")
        self.stream = stream
        self.stages = stages
        self._ring = ring
        self._dispatcher = dispatcher
        self._on_end = on_end
        self._recorder = recorder
        self._consumer = consumer
        self._first = threading.Event()
        self._is_working = False
        self.num_passed = 0

    @property
    def is_in_first_step(self) -> bool:
        """Whether the model computes its first frame, which may build an engine for minutes."""
        return self._is_working and not self._first.is_set()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                item = self._ring.take(_POLL_SECONDS)
                if item is None:
                    if self._ring.exhausted:
                        break
                    continue
                self._record(item)
                if isinstance(item, Gap):
                    self.stream.gap(item)
                    self._flush()
                elif isinstance(item, Slot):
                    self._frame(item)
        except EdgevidError as error:
            self.error = error
        except Exception as error:
            self.error = self.stream.blame("inference", error)
        finally:
            # No event may be lost: what is open is closed and delivered.
            try:
                self._emit(self.stream.finish())
            except Exception as error:
                self.error = self.error or self.stream.blame("event engine", error)
            self.stream.explaining.finish()
            for missed in self._ring.abort():
                self._record(missed)
            self._on_end()

    def _record(self, item: Slot | Gap | Missed) -> None:
        """Record all output of the ring before the model gets it."""
        if self._recorder is None:
            return
        if isinstance(item, Gap):
            self._recorder.gap(item)
        elif isinstance(item, Missed):
            self._recorder.missed(item)
        else:
            self._recorder.frame(item)

    def _frame(self, slot: Slot) -> None:
        frame = slot.frame
        if frame is None:
            return
        output = None
        try:
            if slot.picked:
                output = self._analyse(frame)
            else:
                self.num_passed += 1
                output = Output()
            output.slot = slot
        finally:
            if output is None:
                self._ring.drop("not_analysed")
                slot.release()
        self._emit(output, frame)

    def _analyse(self, frame: Frame) -> Output:
        self._is_working = True
        try:
            return self.stream.step(frame)
        finally:
            self._first.set()
            self._flush()

    def _flush(self) -> None:
        for output in self.stream.take():
            self._emit(output)

    def _emit(self, output: Output, frame: Frame | None = None) -> None:
        if self._consumer is not None:
            self._consumer(output, frame, self._stop.is_set)
        self._dispatcher.submit(output, self._stop.is_set)
