"""Runs one stream from its source to its sinks, in three threads, with a defined end."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path

from edgevid.config.schema import RunConfig
from edgevid.errors import ConfigError, EdgevidError, SinkError, SourceOpenError
from edgevid.interfaces import EventEngine, Explainer, Model, Plugin, RunInfo, Signals, Source
from edgevid.pipeline.build import (
    BuiltModel,
    build_events,
    build_explainer,
    build_model,
    build_overlays,
    build_signals,
    build_sinks,
    build_source,
    redacted_config,
)
from edgevid.pipeline.capture import Capture
from edgevid.pipeline.dispatch import Dispatcher, NamedOverlay, NamedSink
from edgevid.pipeline.explaining import Explaining
from edgevid.pipeline.identity import drive_id
from edgevid.pipeline.inference import Consumer, Inference
from edgevid.pipeline.online import OnlineStream, SafeSignals
from edgevid.pipeline.outputs import refuse_inputs_as_outputs
from edgevid.pipeline.progress import Progress, progress_of
from edgevid.pipeline.recorder import Recorder, check_record, open_recorder
from edgevid.pipeline.result import FrameCounts, RunResult, library_versions
from edgevid.pipeline.ring_buffer import RingBuffer
from edgevid.pipeline.statistics import Stages
from edgevid.pipeline.threads import Threads
from edgevid.pipeline.totals import RunTotals
from edgevid.plugins import Plugins, load_plugins
from edgevid.types import SourceInfo, Vehicle

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.05


class Pipeline:
    """One source, one model, one event engine, any number of overlays and sinks.

    A failure of the source or the model ends the run and is raised by ``run``, after everything
    already found was delivered and closed. A sink's or overlay's failure disables it, is counted,
    and makes ``RunResult.exit_code`` non-zero.
    """

    def __init__(
        self,
        source: Source,
        model: BuiltModel,
        engine: EventEngine,
        *,
        config: RunConfig,
        explainer: Explainer | None = None,
        overlays: list[NamedOverlay] | None = None,
        sinks: list[NamedSink] | None = None,
        signals: Signals | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        consumer: Consumer | None = None,
    ) -> None:
        """Take what was built; nothing but the explainer is opened before ``run``.

        Raises:
            EdgevidError: If the explainer cannot explain the model.
        """
        if explainer is not None:
            explainer.open(model.model)
        self._source = source
        self._built = model
        self._model: Model = model.model
        self._engine = engine
        self._explainer = explainer
        self._overlays = overlays or []
        self._sinks = sinks or []
        self._signals = signals
        self._config = config
        self._on_progress = on_progress
        self._consumer = consumer
        self._stages = Stages()
        self._totals = RunTotals()
        self._recorder: Recorder | None = None
        self._done = threading.Event()
        self._stopping = threading.Event()
        self._stop_reason: str | None = None
        self._run_id = uuid.uuid4().hex[:12]

    @classmethod
    def from_config(
        cls,
        config: RunConfig,
        plugins: Plugins | None = None,
        *,
        model: BuiltModel | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        consumer: Consumer | None = None,
    ) -> Pipeline:
        """Build everything that a configuration names.

        Args:
            config: The run.
            plugins: Installed plugins; they are searched for if none are given.
            model: Take this one instead of the one that ``config`` names.
            on_progress: Called about twenty times a second from ``run``.
            consumer: Gets every output in the inference thread.

        Raises:
            EdgevidError: If a name, an option, a bundle or a backend is not accepted.
        """
        plugins = plugins or load_plugins()
        check_record(config)
        source = build_source(plugins, config.source)
        refuse_inputs_as_outputs(config, source.uri)
        overlays = build_overlays(plugins, config.overlays)
        sinks = build_sinks(plugins, config.sinks)
        signals = build_signals(plugins, config.signals) if config.signals else None
        explainer = (
            build_explainer(plugins, config.explainer, config.backend) if config.explainer else None
        )
        asking = [s.name for s in sinks if s.sink.wants_saliency]
        if asking and explainer is None:
            raise ConfigError(
                f"sink {', '.join(asking)} writes saliency maps, and explainer is none: nothing "
                f"would come; give an explainer (cam, gradient, …) or leave the sink out"
            )
        looked_at = consumer is not None or any(
            s.sink.wants_pictures or s.sink.wants_saliency for s in sinks
        )
        built = model or build_model(
            plugins,
            config.model,
            config.backend,
            want_saliency=looked_at and explainer is not None,
            verify=config.verify,
        )
        try:
            return cls(
                source,
                built,
                build_events(plugins, config.events, built.model.card),
                config=config,
                explainer=explainer if looked_at else None,
                overlays=overlays,
                sinks=sinks,
                signals=signals,
                on_progress=on_progress,
                consumer=consumer,
            )
        except BaseException:
            if not built.is_shared:
                built.model.close()
            raise

    @property
    def model(self) -> Model:
        """The model that runs."""
        return self._model

    def close(self) -> None:
        """Release a pipeline that is not run after all; ``run`` closes everything itself."""
        self._close()

    def stop(self, reason: str = "stop was called") -> None:
        """End the run cleanly; from any thread or a signal handler. ``run`` then returns."""
        if not self._stopping.is_set():
            self._stop_reason = reason
            self._stopping.set()

    def run(self) -> RunResult:
        """Run to the end of the source, or until ``stop``.

        Raises:
            SourceError: If the source cannot be opened, is lost, or gave not a single frame.
            ModelError: If the model failed.
            SinkError: If a sink could not be opened, or the result not be written.
        """
        started, started_at = time.monotonic(), datetime.now(timezone.utc).isoformat()
        try:
            info = self._opened(self._source.open())
            if self._signals is not None:
                self._signals.open(info)
            self._engine.open(drive_id(info))
            self._open_sinks(info, started_at)
            # Last of all, so that a run which does not start leaves no folder behind.
            self._recorder = open_recorder(
                self._config, info, self._model.card, self._run_id, started_at
            )
        except BaseException:
            self._close()
            raise
        threads = self._threads(info)
        threads.start()
        try:
            self._watch(threads)
        finally:
            # Every way out passes here, an interrupted ``run`` included.
            self._totals.errors += threads.end()
            self._totals.warnings += self._source.warnings
            self._close(threads)
        error = threads.error or self._nothing_came(threads)
        result = self._result(threads, time.monotonic() - started, started_at, error)
        if self._config.run_json:
            result.write(Path(self._config.run_json))
        if error is not None:
            raise error
        return result

    def _opened(self, info: SourceInfo) -> SourceInfo:
        """A live source starts its clock when it opens; a recording knows when that was."""
        # Not when connecting began: that may take seconds.
        now = datetime.now(timezone.utc).isoformat()
        return replace(
            info,
            trip_id=info.trip_id or (self._run_id if info.live else None),
            started_utc=info.started_utc or (now if info.live else None),
        )

    def _threads(self, info: SourceInfo) -> Threads:
        policy = self._config.buffer.policy
        if policy == "auto":
            policy = "freshest" if info.live else "every"
        ring = RingBuffer(
            capacity=self._config.buffer.capacity,
            policy=policy,
            max_age_seconds=self._config.buffer.max_age_seconds,
            record_missed=self._recorder is not None,
        )
        dispatcher = Dispatcher(
            self._sinks,
            self._overlays,
            self._stages,
            may_skip_pictures=info.live and ring.policy == "freshest",
        )
        stream = self._stream(ring, wants_saliency=dispatcher.wants_saliency)
        capture = Capture(
            self._source,
            info.uri,
            ring,
            stream.sampler,
            self._stages,
            want_all=dispatcher.wants_pictures
            or (self._recorder is not None and self._recorder.all_frames),
            duration_seconds=self._config.duration_seconds,
        )
        inference = Inference(
            stream,
            ring,
            dispatcher,
            self._stages,
            on_end=self._done.set,
            recorder=self._recorder,
            consumer=self._consumer,
        )
        return Threads(info, ring, capture, inference, dispatcher, self._recorder)

    def _stream(self, ring: RingBuffer, *, wants_saliency: bool) -> OnlineStream:
        signals, recorder = SafeSignals(self._signals, self._totals), self._recorder

        def vehicle_at(seconds: float) -> Vehicle:
            vehicle = signals.at(seconds)
            if recorder is not None:
                recorder.vehicle(seconds, vehicle)
            return vehicle

        explaining = Explaining(
            self._explainer if wants_saliency or self._consumer is not None else None,
            self._totals,
            is_late=lambda: ring.policy == "freshest" and ring.num_waiting > 0,
        )
        return OnlineStream(
            self._built,
            self._engine,
            explaining,
            self._stages,
            self._totals,
            vehicle_at=vehicle_at,
            may_recover=self._config.backend.on_failure == "next",
        )

    def _open_sinks(self, info: SourceInfo, started_at: str) -> None:
        run_info = RunInfo(
            source=info,
            card=self._model.card,
            runs_on=self._model.runs_on,
            run_id=self._run_id,
            started_at=started_at,
            regions=self._model.regions,
            drive_id=drive_id(info),
            policy=self._engine.policy,
        )
        for drawn in self._overlays:
            drawn.overlay.open(run_info)
        for named in self._sinks:
            try:
                named.sink.open(run_info)
            except EdgevidError:
                raise
            except Exception as error:
                kind = type(error).__name__
                raise SinkError(f"sink {named.name}: {kind}: {error}") from error

    def _watch(self, threads: Threads) -> None:
        ended = False
        while not ended:
            ended = self._done.wait(_POLL_SECONDS)
            if sink := threads.dispatcher.stop_requested:
                self.stop(f"sink {sink} requested it")
            if self._on_progress is not None:
                self._on_progress(progress_of(threads, self._model.card, self._totals))
            if self._stopping.is_set() or threads.dispatcher.died is not None:
                return

    def _close(self, threads: Threads | None = None) -> None:
        """Close everything, but nothing that a thread which was left behind still uses.

        Args:
            threads: Those of the run; None if it did not start, so that sinks and overlays,
                which the dispatch thread closes, are still to be closed.
        """
        closing: list[Plugin] = []
        if threads is None or not threads.capture.is_alive:
            closing.append(self._source)
        if threads is None or not threads.inference.is_alive:
            held = (self._engine, self._explainer, self._signals)
            closing += [] if self._built.is_shared else [self._model]
            closing += [one for one in held if one is not None]
        if threads is None:
            closing += [named.overlay for named in self._overlays]
            closing += [named.sink for named in self._sinks]
        for one in closing:
            try:
                one.close()
            except Exception as error:
                self._totals.errors.append(f"closing: {type(error).__name__}: {error}")

    def _nothing_came(self, threads: Threads) -> SourceOpenError | None:
        if threads.capture.num_read or self._stopping.is_set():
            return None
        hints = "".join(f": {warning}" for warning in self._source.warnings)
        return SourceOpenError(f"{threads.info.uri}: not a single frame came{hints}")

    def _result(
        self, threads: Threads, elapsed: float, started_at: str, error: EdgevidError | None
    ) -> RunResult:
        capture, totals = threads.capture, self._totals
        recording = self._recorder.outcome if self._recorder else None
        errors = [f"sink {s.name}: {s.error}" for s in self._sinks if s.error]
        errors += [f"overlay {o.name}: {o.error}" for o in self._overlays if o.error]
        errors += [f"recording: {recording.error}"] if recording and recording.error else []
        return RunResult(
            run_id=self._run_id,
            status="failed" if error else "stopped" if self._stopping.is_set() else "finished",
            started_at=started_at,
            elapsed_seconds=round(elapsed, 3),
            stop_reason=self._stop_reason,
            config=redacted_config(self._config),
            versions=library_versions(),
            source=asdict(threads.info),
            model=self._model.card.model_dump(
                mode="json",
                include={"name", "version", "sha256", "temporal_mode", "input_rate_hz", "license"},
            ),
            runs_on=dict(self._model.runs_on),
            backend_failures=totals.backend_failures,
            backends_rejected=[
                {"backend": miss.backend, "device": miss.device, "reason": miss.reason}
                for miss in self._built.rejected
            ],
            buffer_policy=threads.ring.policy,
            frames=FrameCounts(
                read=capture.num_read,
                analysed=threads.inference.stream.num_analysed,
                passed=capture.num_passed + threads.inference.num_passed,
                dropped=dict(threads.ring.drops),
            ),
            covered_seconds=capture.last_seconds - (capture.first_seconds or 0.0),
            latency=self._stages.summary(),
            policy=dict(self._engine.policy),
            events=totals.labels,
            availability_seconds=totals.availability_seconds(capture.last_seconds),
            availability=list(totals.availability),
            trip_flagged=totals.trip_flagged,
            recent_events=list(totals.recent),
            num_gaps=totals.num_gaps,
            gaps=list(totals.gaps),
            sinks=threads.dispatcher.outcomes(),
            recording=recording,
            warnings=totals.warnings,
            errors=totals.errors + errors + ([str(error)] if error else []),
        )
