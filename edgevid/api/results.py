"""Turns the outputs of one stream into results."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from edgevid.api.result import PlotContext, Result
from edgevid.interfaces import Model, RunInfo
from edgevid.pipeline.output import Output
from edgevid.plugins import Plugins
from edgevid.types import Event, Frame, Gap, SourceInfo

_SLOW = 0.9
"""A rate below this part of the model's rate is slow; the resampler never falls so far short."""


class ResultBuilder:
    """Keeps what lasts from one result to the next: open events, availability, what waits."""

    def __init__(self, model: Model, plugins: Plugins, source_id: str) -> None:
        """Start a stream.

        Args:
            model: Open.
            plugins: Where ``Result.plot`` finds overlays.
            source_id: Free of passwords.
        """
        self._card = model.card
        run = RunInfo(
            source=SourceInfo(source_id, "frames", False, 0, 0),
            card=model.card,
            runs_on=model.runs_on,
            run_id="",
            started_at=datetime.now(timezone.utc).isoformat(),
            regions=model.regions,
        )
        self._context = PlotContext(plugins, run)
        self._events: list[Event] = []
        self._active: dict[str, Event] = {}
        self._availability: str | None = None
        self._gap: Gap | None = None
        self._last: Result | None = None

    def add(self, output: Output, frame: Frame | None) -> Result | None:
        """The result of an output; what comes without a prediction waits for the next one.

        Args:
            output: Of the stream, in order.
            frame: Its frame, whose image is copied.
        """
        for event in output.events:
            self._events.append(event)
            if event.is_open:
                self._active[event.id] = event
            else:
                self._active.pop(event.id, None)
        for change in output.availability:
            self._availability = change.state
        self._gap = output.gap or self._gap
        prediction = output.prediction
        if prediction is None or frame is None:
            return None
        names = self._card.class_names
        rate_hz = output.rate_hz
        self._last = Result(
            seconds=prediction.end_seconds,
            frame_index=prediction.frame_index,
            label=names[prediction.top],
            confidence=float(prediction.scores[prediction.top]),
            valid=prediction.valid,
            scores=dict(zip(names, map(float, prediction.scores), strict=True)),
            events=self.take_events(),
            active=tuple(self._active.values()),
            availability=self._availability,
            gap=self._gap,
            rate_hz=rate_hz,
            slow=rate_hz is not None and rate_hz < _SLOW * self._card.input_rate_hz,
            saliency=prediction.saliency,
            image=frame.image.copy(),
            prediction=prediction,
            context=self._context,
        )
        self._gap = None
        return self._last

    def final(self) -> Result | None:
        """The extra result at the end, if events still wait to be reported."""
        if self._last is None or not self._events:
            return None
        return replace(
            self._last,
            valid=False,
            events=self.take_events(),
            active=tuple(self._active.values()),
            availability=self._availability,
            gap=self._gap,
            final=True,
        )

    def take_events(self) -> tuple[Event, ...]:
        """Events that no result has reported yet."""
        taken, self._events = tuple(self._events), []
        return taken
