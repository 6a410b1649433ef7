"""The event engine ``threshold``: filter, dead band, minimum on and off times, in seconds."""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Sequence

from pydantic import Field, model_validator

from edgevid.card import Card
from edgevid.default_plugins.events.segmenter import Band, Segment, Segmenter
from edgevid.errors import ConfigError
from edgevid.interfaces import EventEngine
from edgevid.interfaces import Options as BaseOptions
from edgevid.types import Event, Gap, Prediction, Vehicle


class LabelOptions(BaseOptions):
    """Parameters that differ for one label; what is null is as for all labels."""

    tau_seconds: float | None = Field(default=None, ge=0)
    enter: float | None = Field(default=None, gt=0, lt=1)
    exit: float | None = Field(default=None, gt=0, lt=1)
    min_on_seconds: float | None = Field(default=None, ge=0)
    min_off_seconds: float | None = Field(default=None, ge=0)


class ThresholdEngine(EventEngine):
    """One segmenter for each label; labels do not exclude each other.

    Everything follows from pts: the same predictions give the same events, and so do the same
    scores at another rate, within one sampling period.
    """

    class Options(BaseOptions):
        """Options of the event engine ``threshold``."""

        tau_seconds: float = Field(default=0.3, ge=0, description="Time constant of the filter.")
        enter: float = Field(default=0.63, gt=0, lt=1, description="On above this score.")
        exit: float = Field(default=0.37, gt=0, lt=1, description="Off below this score.")
        min_on_seconds: float = Field(
            default=0.5, ge=0, description="Evidence must last so long before an event opens."
        )
        min_off_seconds: float = Field(
            default=2.0, ge=0, description="Nothing for so long closes it; less is one event."
        )
        max_gap_seconds: float = Field(
            default=2.0, gt=0, description="A longer missing stretch closes what is open."
        )
        freeze_seconds: float = Field(
            default=0.5, gt=0, description="One score stands for at most so long a time."
        )
        ignore: tuple[str, ...] = Field(
            default=(), description="Labels that are never events; the card's background is none."
        )
        labels: dict[str, LabelOptions] = Field(
            default_factory=dict, description="Other parameters for single labels."
        )

        @model_validator(mode="after")
        def _ordered(self) -> ThresholdEngine.Options:
            for name, own in {"all labels": LabelOptions(), **self.labels}.items():
                enter, leave = own.enter or self.enter, own.exit or self.exit
                if leave > enter:
                    raise ValueError(f"{name}: exit {leave} must not be above enter {enter}")
            return self

    def __init__(self, options: ThresholdEngine.Options, card: Card) -> None:
        """Create an engine for the card's classes.

        Raises:
            ConfigError: If an option names a label that the card does not have.
        """
        super().__init__(options, card)
        self._options = options
        for label in (*options.labels, *options.ignore):
            if label not in card.class_names:
                near = difflib.get_close_matches(label, card.class_names, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise ConfigError(
                    f"events: {card.name} has no label {label!r}; {hint}"
                    f"it has {', '.join(card.class_names)}"
                )
        silent = {card.background, *options.ignore}
        self._segmenters = {
            index: Segmenter(self._band(label))
            for index, label in enumerate(card.class_names)
            if label not in silent
        }
        # The identity of an event is what it rests on: model, policy, label and time.
        self._identity = f"{card.name}|{card.version}|{card.sha256}|{options.model_dump_json()}"
        self._last_seconds: float | None = None
        self._source_id = ""

    def _band(self, label: str) -> Band:
        own = self._options.labels.get(label, LabelOptions()).model_dump(exclude_none=True)
        fields = {
            name: getattr(self._options, name)
            for name in ("tau_seconds", "enter", "exit", "min_on_seconds", "min_off_seconds")
        }
        return Band(**(fields | own))

    def update(self, prediction: Prediction, vehicle: Vehicle) -> Sequence[Event]:
        """Events that open or close at a prediction; one that is not valid changes nothing."""
        if not prediction.valid:
            return ()
        now = prediction.end_seconds
        last = now if self._last_seconds is None else self._last_seconds
        elapsed = min(max(0.0, now - last), self._options.freeze_seconds)
        self._last_seconds = now
        self._source_id = prediction.source_id
        events: list[Event] = []
        for index, segmenter in self._segmenters.items():
            score = float(prediction.scores[index])
            score = min(max(score, 0.0), 1.0) if math.isfinite(score) else 0.0
            closed, opened = segmenter.update(score, now, elapsed)
            if closed is not None:
                events.append(self._event(index, closed, "closed", self._quiet(index)))
            if opened is not None:
                events.append(self._event(index, opened, "open", self._lasted(index)))
        return events

    def gap(self, gap: Gap) -> Sequence[Event]:
        """Close everything if the missing stretch is long; a short one changes nothing."""
        if gap.duration_seconds <= self._options.max_gap_seconds:
            return ()
        return self._close_all(f"gap of {gap.duration_seconds:.1f} s: {gap.reason}")

    def finish(self, end_seconds: float) -> Sequence[Event]:
        """Close everything: the stream has ended."""
        return self._close_all("end of the stream")

    def _close_all(self, reason: str) -> list[Event]:
        events = []
        for index, segmenter in self._segmenters.items():
            if segmenter.segment is not None and segmenter.segment.is_open:
                events.append(self._event(index, segmenter.segment, "closed", reason))
            segmenter.reset()
        self._last_seconds = None
        return events

    def _lasted(self, index: int) -> str:
        band = self._band(self.card.class_names[index])
        return f"score above {band.enter:g} for {band.min_on_seconds:g} s"

    def _quiet(self, index: int) -> str:
        band = self._band(self.card.class_names[index])
        return f"no evidence for {band.min_off_seconds:g} s"

    def _event(self, index: int, segment: Segment, phase: str, reason: str) -> Event:
        label = self.card.class_names[index]
        key = f"{self._identity}|{label}|{segment.start_seconds:.3f}"
        return Event(
            id=hashlib.sha256(key.encode()).hexdigest()[:12],
            label=label,
            group=label,
            start_seconds=segment.start_seconds,
            end_seconds=segment.last_seconds,
            phase="open" if phase == "open" else "closed",
            peak_score=segment.peak,
            mean_score=segment.mean,
            reason=reason,
            source_id=self._source_id,
        )
