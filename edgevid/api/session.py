"""``Session``: a stream of frames of your own."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgevid.api.options import PolicyLike, events_of
from edgevid.api.result import Result
from edgevid.api.results import ResultBuilder
from edgevid.closing import Closing
from edgevid.config.load import build_section
from edgevid.config.schema import EventsConfig, PluginConfig, PluginLike
from edgevid.pipeline.build import build_events, build_explainer
from edgevid.pipeline.explaining import Explaining
from edgevid.pipeline.identity import drive_id
from edgevid.pipeline.online import OnlineStream
from edgevid.pipeline.statistics import Stages
from edgevid.pipeline.totals import RunTotals
from edgevid.types import Event, Frame, SourceInfo, Vehicle, check_image

if TYPE_CHECKING:
    from edgevid.api.loading import LoadedModel


class Session(Closing):
    """Frames of your own through the rules of the runtime: a robot, an appsink, a test.

    Rate, warm-up, gaps and resets are decided by the same code as in ``stream`` and ``run``, from
    the times that you give; the same frames give the same events. One thread at a time.

    Examples:
        >>> import cv2, edgevid
        >>> video = cv2.VideoCapture("drive.mp4")
        >>> with edgevid.load("driver").session(policy="fleet") as session:
        ...     for number in range(120):
        ...         grabbed, image = video.read()
        ...         result = session.push(image, seconds=number / 10)
        ...         if result is not None:
        ...             for event in result.events:
        ...                 print(event.state, event.label, event.level)
        ...     print([event.state for event in session.close()])
        opened phone_left 0
        ['closed']
    """

    def __init__(
        self,
        model: LoadedModel,
        *,
        policy: PolicyLike | None = None,
        events: PluginLike | None = None,
        explainer: PluginLike | None = "cam",
        source: str | os.PathLike[str] = "frames",
    ) -> None:
        """Open a session; use ``LoadedModel.session``, which explains the arguments.

        Raises:
            EdgevidError: If a name or an option is not accepted.
        """
        name = os.fspath(source)
        config = _section(EventsConfig, events_of(policy, events), "events")
        self._engine = build_events(model.plugins, config, model.card)
        self._explainer = None
        if explainer is not None:
            wanted = _section(PluginConfig, explainer, "explainer")
            self._explainer = build_explainer(model.plugins, wanted, model.backend)
            self._explainer.open(model.model)
        self._engine.open(drive_id(SourceInfo(name, "frames", False, 0, 0)))
        self._vehicle = Vehicle()
        totals = RunTotals()
        self._stream = OnlineStream(
            model.built,
            self._engine,
            Explaining(self._explainer, totals, is_late=lambda: False),
            Stages(),
            totals,
            vehicle_at=lambda seconds: self._vehicle,
        )
        self._model = model
        self._name = name
        self._results = ResultBuilder(model.model, model.plugins, name)
        self._last_seconds: float | None = None
        self._num_pushed = 0
        self._is_closed = False

    def push(
        self,
        image: npt.NDArray[Any],
        seconds: float,
        *,
        speed_kmh: float | None = None,
        standstill: bool | None = None,
    ) -> Result | None:
        """Give the next frame.

        Args:
            image: uint8 BGR, (H, W, 3), as OpenCV gives it.
            seconds: Its time, from any origin; it must grow.
            speed_kmh: Speed of the vehicle then, if it is known.
            standstill: Whether the vehicle stands, if that is known.

        Returns:
            The result; None for a frame between two samples of the model's rate, or while a clip
            is not full.

        Raises:
            ValueError: If the image has another shape or type, the time is not finite or does not
                grow, or the session is closed.
            InferenceError: If the model fails.
        """
        if self._is_closed:
            raise ValueError("the session is closed; open a new one by model.session()")
        self._check(image, seconds)
        seconds = float(seconds)
        index, self._num_pushed, self._last_seconds = (
            self._num_pushed,
            self._num_pushed + 1,
            seconds,
        )
        sampler = self._stream.sampler
        if not sampler.due(seconds):
            sampler.skip(seconds)
            return None
        sampler.pick(seconds)
        self._vehicle = Vehicle(speed_kmh, standstill)
        frame = Frame(
            np.ascontiguousarray(image), index, seconds, time.monotonic(), source_id=self._name
        )
        self._model.model  # noqa: B018 - says so if it was closed
        try:
            output = self._stream.step(frame)
        finally:
            for before in self._stream.take():
                self._results.add(before, None)
        return self._results.add(output, frame)

    def _check(self, image: Any, seconds: Any) -> None:
        if not isinstance(image, np.ndarray):
            raise ValueError(
                f"image must be a numpy array, uint8 BGR (H, W, 3), got {type(image).__name__}"
            )
        check_image(image)
        if isinstance(seconds, bool) or not isinstance(
            seconds, int | float | np.integer | np.floating
        ):
            raise ValueError(f"seconds must be a number, got {type(seconds).__name__}")
        if not math.isfinite(seconds):
            raise ValueError(f"seconds must be finite, got {seconds}")
        if self._last_seconds is not None and seconds <= self._last_seconds:
            raise ValueError(
                f"seconds must grow: got {seconds:g} after {self._last_seconds:g}; "
                f"leave out repeated frames, and open a new session for another recording"
            )

    def close(self) -> list[Event]:
        """Close open events and return them, and all others that no result has reported yet.

        The model stays loaded. A second call returns nothing.
        """
        if self._is_closed:
            return []
        self._is_closed = True
        self._results.add(self._stream.finish(), None)
        self._engine.close()
        if self._explainer is not None:
            self._explainer.close()
        return list(self._results.take_events())


def _section(kind: Any, value: Any, where: str) -> Any:
    return build_section(kind, value, f"session, {where}")
