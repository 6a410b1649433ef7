"""Asks the explainer when it is due, so that explaining never makes a stream late."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgevid.interfaces import Explainer, StreamState
from edgevid.pipeline.result import Tally
from edgevid.types import Event, Frame, Prediction

_HIGHER = 0.1
"""A score this much above the last explained one of its event is a new peak."""


class Explaining:
    """One explainer, its schedule, and what becomes of its failure: the run goes on without."""

    def __init__(
        self, explainer: Explainer | None, tally: Tally, is_late: Callable[[], bool]
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
        if explainer is None or not self._due(explainer, prediction, events, label):
            return prediction if prediction.saliency is None else prediction.with_saliency(None)
        try:
            saliency = explainer.explain(frame, prediction, state)
        except Exception as error:
            # Saliency is for looking at: a run goes on without it.
            self._explainer = None
            self._tally.errors.append(f"explainer is disabled: {type(error).__name__}: {error}")
            return prediction.with_saliency(None)
        self._last_seconds = prediction.end_seconds
        return prediction.with_saliency(saliency)

    def reset(self) -> None:
        """Forget the schedule: the stream starts anew."""
        self._last_seconds = None
        self._peaks = {}

    def _due(
        self, explainer: Explainer, prediction: Prediction, events: Sequence[Event], label: str
    ) -> bool:
        peak = self._is_peak(prediction, events, label)
        if explainer.costs and (not prediction.valid or self._is_late()):
            return False
        if explainer.at == "events":
            return peak
        since = prediction.end_seconds - (self._last_seconds or 0.0)
        return self._last_seconds is None or since >= explainer.every_seconds

    def _is_peak(self, prediction: Prediction, events: Sequence[Event], label: str) -> bool:
        for event in events:
            if event.phase == "closed":
                self._peaks.pop(event.label, None)
            elif event.label not in self._peaks:
                self._peaks[event.label] = -1.0
        score = float(prediction.scores[prediction.top])
        if label not in self._peaks or score < self._peaks[label] + _HIGHER:
            return False
        self._peaks[label] = score
        return True
