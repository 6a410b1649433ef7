"""The inference thread: model, explainer and event engine, for one stream."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from edgevid.errors import EdgevidError, InferenceError
from edgevid.interfaces import EventEngine, Explainer, Model, Signals
from edgevid.pipeline.dispatch import Dispatcher, Moment
from edgevid.pipeline.explaining import Explaining
from edgevid.pipeline.recorder import Recorder
from edgevid.pipeline.result import BackendFailure, RunTotals
from edgevid.pipeline.ring_buffer import Missed, RingBuffer, Slot
from edgevid.pipeline.statistics import Stages
from edgevid.types import Event, Frame, Gap, Prediction, Vehicle

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1


class Inference:
    """Takes frames from the ring, in order, until it is exhausted or the run stops."""

    def __init__(
        self,
        model: Model,
        engine: EventEngine,
        explainer: Explainer | None,
        ring: RingBuffer,
        dispatcher: Dispatcher,
        stages: Stages,
        tally: RunTotals,
        on_end: Callable[[], None],
        *,
        may_recover: bool = False,
        signals: Signals | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Prepare the thread; ``start`` starts it. ``on_end`` is called in it, last of all."""
        self._recorder = recorder
        self._may_recover = may_recover
        self._signals = signals
        self._model = model
        self._engine = engine
        self._explaining = Explaining(
            explainer if dispatcher.wants_saliency else None,
            tally,
            is_late=lambda: ring.policy == "freshest" and ring.num_waiting > 0,
        )
        self._ring = ring
        self._dispatcher = dispatcher
        self.stages = stages
        self._tally = tally
        self._on_end = on_end
        self._state = model.open()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="edgevid-inference", daemon=True)
        self._last_seconds: float | None = None
        self.error: EdgevidError | None = None
        self.num_analysed = 0
        self.num_passed = 0
        self.latest: Prediction | None = None
        self.latency_seconds: float | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the frame in hand."""
        self._stop.set()

    def is_stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; False if the model hangs beyond the timeout."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

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
                    self._gap(item)
                elif isinstance(item, Slot):
                    self._frame(item)
        except EdgevidError as error:
            self.error = error
        except Exception as error:
            self.error = self._blame("inference", error)
        finally:
            # Nothing that was already seen may be lost: what is open is closed and delivered.
            try:
                self._tell(self._told(self._engine.finish(self._last_seconds or 0)))
            except Exception as error:
                self.error = self.error or self._blame("event engine", error)
            self._explaining.finish()
            for missed in self._ring.abort():
                self._record(missed)
            self._on_end()

    def _record(self, item: Slot | Gap | Missed) -> None:
        """Whatever comes out of the ring is written before the model sees it."""
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
        handed_on = False
        try:
            if slot.picked:
                moment = self._analyse(frame)
            else:
                self.num_passed += 1
                moment = Moment()
            moment.slot = slot
            handed_on = True
        finally:
            if not handed_on:
                self._ring.drop("not_analysed")
                slot.release()
        self._tell(moment)

    def _analyse(self, frame: Frame) -> Moment:
        last = self._last_seconds
        if last is not None and frame.pts_seconds - last > self._model.card.max_gap_seconds:
            self._gap(Gap(last, frame.pts_seconds, "no frames"))
        self.stages.add("wait", time.monotonic() - frame.captured_at)
        started = time.perf_counter()
        prediction = self._step(frame)
        now = time.perf_counter()
        self.stages.add("inference", now - started)
        self.num_analysed += 1
        self._last_seconds = frame.pts_seconds
        if prediction is None:
            return Moment()
        self.latency_seconds = time.monotonic() - frame.captured_at
        self.stages.add("grab_to_prediction", self.latency_seconds)
        started = time.perf_counter()
        moment = self._told(self._engine.update(prediction, self._vehicle(frame.pts_seconds)))
        between = time.perf_counter()
        self.stages.add("events", between - started)
        label = self._model.card.class_names[prediction.top]
        prediction = self._explaining(frame, prediction, self._state, moment.events, label)
        if prediction.saliency is not None:
            self.stages.add("explain", time.perf_counter() - between)
        self.latest = moment.prediction = prediction
        return moment

    def _vehicle(self, pts_seconds: float) -> Vehicle:
        vehicle = self._signals_at(pts_seconds)
        if self._recorder is not None:
            self._recorder.vehicle(pts_seconds, vehicle)
        return vehicle

    def _signals_at(self, pts_seconds: float) -> Vehicle:
        if self._signals is None:
            return Vehicle()
        try:
            return self._signals.at(pts_seconds)
        except Exception as error:
            # Events go on as with speed unknown, and the exit code tells.
            self._signals = None
            line = f"signals are disabled: {type(error).__name__}: {error}"
            _logger.warning("%s", line)
            self._tally.errors.append(line)
            return Vehicle()

    def _step(self, frame: Frame) -> Prediction | None:
        try:
            return self._model.step([frame], [self._state])[0]
        except InferenceError as error:
            if not self._may_recover:
                raise
            self._recover(frame, error)
            return self._step(frame)
        except EdgevidError:
            raise
        except Exception as error:
            raise self._blame(f"frame {frame.index} at {frame.pts_seconds:.3f} s", error) from error

    def _recover(self, frame: Frame, error: InferenceError) -> None:
        """Go on with another backend; a second failure ends the run."""
        self._may_recover = False
        old = self._model.runs_on
        try:
            self._model.recover()
        except EdgevidError as none_left:
            raise InferenceError(f"{error}; {none_left}") from error
        new = self._model.runs_on
        failure = BackendFailure(
            at_seconds=frame.pts_seconds,
            backend=str(old.get("backend")),
            provider=str(old.get("provider")),
            error=str(error),
            continued_on=f"{new.get('backend')}, {new.get('provider')}",
        )
        self._tally.backend_failures.append(failure)
        line = (
            f"{failure.backend}, {failure.provider} failed at {failure.at_seconds:.3f} s: "
            f"{failure.error}; went on with {failure.continued_on}"
        )
        _logger.warning("%s", line)
        self._tally.warnings.append(line)
        since = self._last_seconds if self._last_seconds is not None else frame.pts_seconds
        self._gap(Gap(since, frame.pts_seconds, "the backend failed"))
        self._state.reset()
        self._explaining.recover()

    def _gap(self, gap: Gap) -> None:
        if gap.duration_seconds > self._model.card.max_gap_seconds:
            self._state.reset()
            self._explaining.reset()
        # The frame after this gap must not report the same stretch again.
        self._last_seconds = gap.end_seconds
        self._tally.gap(gap)
        moment = self._told(self._engine.gap(gap))
        moment.gap = gap
        self._explaining.note(moment.events)
        self._tell(moment)

    def _told(self, events: Sequence[Event]) -> Moment:
        """Count what the engine says."""
        for event in events:
            self._tally.event(event)
        changes = self._engine.take_availability()
        for change in changes:
            self._tally.available(change)
        return Moment(events=events, availability=changes)

    def _tell(self, moment: Moment) -> None:
        self._dispatcher.submit(moment, self._stop.is_set)

    def _blame(self, where: str, error: Exception) -> InferenceError:
        kind = type(error).__name__
        blamed = InferenceError(f"model {self._model.card.name!r}: {where}: {kind}: {error}")
        blamed.__cause__ = error
        return blamed
