"""Asks the explainer when it is due, and not while frames wait that must not become stale.

An explanation takes the inference thread: what its own frame brought is delivered after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgevid.interfaces import Explainer, StreamState
from edgevid.pipeline.result import RunTotals
from edgevid.types import Event, Frame, Prediction

_HIGHER = 0.1
"""A score this much above the last explained one of its event is a new peak."""


class Explaining:
    """One explainer, its schedule, and what becomes of its failure: the run goes on without."""

    def __init__(
        self, explainer: Explainer | None, tally: RunTotals, is_late: Callable[[], bool]
    ) -> None:
        """Prepare.

        Args:
            explainer: Open; None explains nothing.
            tally: Learns of a failure.
            is_late: Whether frames are waiting that must not become stale.
        """
        self._explainer = explainer
        self._tally = tally
        self._is_late = is_late
        self._last_seconds: float | None = None
        self._num_explained = 0
        self._num_left_out = 0
        self._peaks: dict[str, float] = {}

    def __call__(
        self,
        frame: Frame,
        prediction: Prediction,
        state: StreamState,
        events: Sequence[Event],
        label: str,
    ) -> Prediction:
        """The prediction with a saliency map if one is due, else without.

        Args:
            frame: The newest frame.
            prediction: Of it.
            state: Of the stream, as the step left it.
            events: That this prediction changed.
            label: The top class.
        """
        explainer = self._explainer
        self.note(events)
        if explainer is None or not self._due(explainer, prediction, label):
            return prediction if prediction.saliency is None else prediction.with_saliency(None)
        try:
            saliency = explainer.explain(frame, prediction, state)
        except Exception as error:
            self._disable(error)
            return prediction.with_saliency(None)
        self._num_explained += 1
        self._last_seconds = prediction.end_seconds
        if label in self._peaks:
            self._peaks[label] = float(prediction.scores[prediction.top])
        return prediction.with_saliency(saliency)

    def note(self, events: Sequence[Event]) -> None:
        """Learn which events are open."""
        for event in events:
            if event.phase == "closed":
                self._peaks.pop(event.label, None)
            else:
                self._peaks.setdefault(event.label, -1.0)

    def recover(self) -> None:
        """The stream starts anew on another backend; an explainer that cannot is disabled."""
        self.reset()
        if self._explainer is None:
            return
        try:
            self._explainer.recover()
        except Exception as error:
            self._disable(error)

    def _disable(self, error: Exception) -> None:
        # Saliency is for looking at: a run goes on without it.
        self._explainer = None
        self._tally.errors.append(f"explainer is disabled: {type(error).__name__}: {error}")

    def finish(self) -> None:
        """Say so if it was always left out."""
        if self._num_left_out and not self._num_explained:
            self._tally.warnings.append(
                f"nothing was explained: each of the {self._num_left_out} times it was due, frames "
                f"were waiting; analyse fewer of them, or take a cheaper explainer"
            )

    def reset(self) -> None:
        """Forget the schedule: the stream starts anew."""
        self._last_seconds = None
        self._peaks = {}

    def _due(self, explainer: Explainer, prediction: Prediction, label: str) -> bool:
        if explainer.costs and not prediction.valid:
            return False
        if explainer.at == "events":
            score = float(prediction.scores[prediction.top])
            due = label in self._peaks and score >= self._peaks[label] + _HIGHER
        else:
            since = prediction.end_seconds - (self._last_seconds or 0.0)
            due = self._last_seconds is None or since >= explainer.every_seconds
        if due and explainer.costs and self._is_late():
            self._num_left_out += 1
            return False
        return due
