"""The decisions of one stream, without threads: what is analysed, and what follows from it.

The pipeline's threads and ``Session.push`` both run this, so that rate, warm-up, gap and reset
rules cannot differ between them.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from edgevid.errors import EdgevidError, InferenceError
from edgevid.interfaces import EventEngine, Signals
from edgevid.pipeline.build import BuiltModel
from edgevid.pipeline.explaining import Explaining
from edgevid.pipeline.output import Output
from edgevid.pipeline.resampler import Resampler
from edgevid.pipeline.result import BackendFailure
from edgevid.pipeline.statistics import Stages
from edgevid.pipeline.totals import RunTotals
from edgevid.types import Event, Frame, Gap, Prediction, Vehicle

_logger = logging.getLogger(__name__)

_RATE_FRAMES = 16
"""The rate is measured over this many of the newest frames …"""
_FEWEST_FRAMES = 8
"""… and not over fewer than these: frames picked out of a faster source come unevenly."""


class OnlineStream:
    """Resampler, model state, explainer schedule and event engine of one stream.

    ``sampler`` decides by time whether a frame is analysed (the capture thread uses it before it
    decodes); ``step`` analyses one that is. A gap longer than the card's ``max_gap_seconds``
    resets the state, closes events and starts the warm-up again.
    """

    def __init__(
        self,
        built: BuiltModel,
        engine: EventEngine,
        explaining: Explaining,
        stages: Stages,
        totals: RunTotals,
        *,
        vehicle_at: Callable[[float], Vehicle] = lambda seconds: Vehicle(),
        may_recover: bool = False,
    ) -> None:
        """Start a stream.

        Args:
            built: The model, and the lock that is held while it computes.
            engine: Open.
            explaining: The explainer and its schedule.
            stages: Where latencies are counted.
            totals: Where events, gaps and warnings are counted.
            vehicle_at: Speed and standstill at a time of the stream.
            may_recover: Whether to go on once with another backend when one fails.
        """
        self._model = built.model
        self._lock = built.lock
        self._closed = built.closed
        self._engine = engine
        self.explaining = explaining
        self._stages = stages
        self._totals = totals
        self._vehicle_at = vehicle_at
        self._may_recover = may_recover
        self._state = built.model.open()
        self._last_seconds: float | None = None
        self._times: deque[float] = deque(maxlen=_RATE_FRAMES)
        self._waiting: list[Output] = []
        self.sampler = Resampler(built.model.card.input_rate_hz)
        self.num_analysed = 0
        self.latest: Prediction | None = None
        self.latency_seconds: float | None = None
        """From grab to prediction, the newest."""

    def step(self, frame: Frame) -> Output:
        """Analyse one frame.

        Outputs that precede it (of a gap that it ends, of a backend that failed) wait in
        ``take``, also if this raises.

        Returns:
            The frame's output; without a prediction where none is due.

        Raises:
            InferenceError: If the model fails.
        """
        last = self._last_seconds
        if last is not None and frame.pts_seconds - last > self._model.card.max_gap_seconds:
            self._gap(Gap(last, frame.pts_seconds, "no frames"))
        self._stages.add("wait", time.monotonic() - frame.captured_at)
        started = time.perf_counter()
        prediction = self._predict(frame)
        self._stages.add("inference", time.perf_counter() - started)
        self.num_analysed += 1
        self._last_seconds = frame.pts_seconds
        self._times.append(frame.pts_seconds)
        if prediction is None:
            return Output(rate_hz=self.rate_hz)
        self.latency_seconds = time.monotonic() - frame.captured_at
        self._stages.add("grab_to_prediction", self.latency_seconds)
        started = time.perf_counter()
        output = self._collect(self._engine.update(prediction, self._vehicle_at(frame.pts_seconds)))
        between = time.perf_counter()
        self._stages.add("events", between - started)
        label = self._model.card.class_names[prediction.top]
        with self._lock:
            prediction = self.explaining(frame, prediction, self._state, output.events, label)
        if prediction.saliency is not None:
            self._stages.add("explain", time.perf_counter() - between)
        self.latest = output.prediction = prediction
        return output

    def gap(self, gap: Gap) -> None:
        """Note a gap that the source reported; its output waits in ``take``."""
        self._gap(gap)

    def finish(self) -> Output:
        """Close what is open: the stream has ended."""
        return self._collect(self._engine.finish(self._last_seconds or 0.0))

    def take(self) -> list[Output]:
        """Outputs of gaps since this was last called, in order; deliver them before the frame's."""
        taken, self._waiting = self._waiting, []
        return taken

    @property
    def rate_hz(self) -> float | None:
        """Frames per second that the model got lately, source time; None for the first ones."""
        if len(self._times) < _FEWEST_FRAMES or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])

    def blame(self, where: str, error: Exception) -> InferenceError:
        """The error of a plugin as one of ours, with the model's name and the place."""
        kind = type(error).__name__
        blamed = InferenceError(f"model {self._model.card.name!r}: {where}: {kind}: {error}")
        blamed.__cause__ = error
        return blamed

    def _predict(self, frame: Frame) -> Prediction | None:
        try:
            with self._lock:
                if self._closed.is_set():
                    raise EdgevidError(f"model {self._model.card.name!r} was closed during the run")
                return self._model.step([frame], [self._state])[0]
        except InferenceError as error:
            if not self._may_recover:
                raise
            self._recover(frame, error)
            return self._predict(frame)
        except EdgevidError:
            raise
        except Exception as error:
            raise self.blame(f"frame {frame.index} at {frame.pts_seconds:.3f} s", error) from error

    def _recover(self, frame: Frame, error: InferenceError) -> None:
        """Go on with another backend; a second failure ends the run."""
        self._may_recover = False
        old = self._model.runs_on
        try:
            with self._lock:
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
        self._totals.backend_failures.append(failure)
        line = (
            f"{failure.backend}, {failure.provider} failed at {failure.at_seconds:.3f} s: "
            f"{failure.error}; went on with {failure.continued_on}"
        )
        _logger.warning("%s", line)
        self._totals.warnings.append(line)
        since = self._last_seconds if self._last_seconds is not None else frame.pts_seconds
        self._gap(Gap(since, frame.pts_seconds, "the backend failed"))
        self._state.reset()
        self.explaining.recover()

    def _gap(self, gap: Gap) -> None:
        if gap.duration_seconds > self._model.card.max_gap_seconds:
            self._state.reset()
            self.explaining.reset()
        # The frame after this gap must not report the same gap again.
        self._last_seconds = gap.end_seconds
        self._times.clear()
        self._totals.gap(gap)
        output = self._collect(self._engine.gap(gap))
        output.gap = gap
        self.explaining.note(output.events)
        self._waiting.append(output)

    def _collect(self, events: Sequence[Event]) -> Output:
        """Count what the engine reports."""
        for event in events:
            self._totals.event(event)
        changes = self._engine.take_availability()
        for change in changes:
            self._totals.available(change)
        return Output(events=events, availability=changes, rate_hz=self.rate_hz)


class SafeSignals:
    """Signals whose failure disables them: events go on as with speed unknown."""

    def __init__(self, signals: Signals | None, totals: RunTotals) -> None:
        """Wrap signals that are open; None knows nothing."""
        self._signals = signals
        self._totals = totals

    def at(self, seconds: float) -> Vehicle:
        """Speed and standstill at a time of the stream, as far as they are known."""
        if self._signals is None:
            return Vehicle()
        try:
            return self._signals.at(seconds)
        except Exception as error:
            # The exit code says so.
            self._signals = None
            line = f"signals are disabled: {type(error).__name__}: {error}"
            _logger.warning("%s", line)
            self._totals.errors.append(line)
            return Vehicle()
