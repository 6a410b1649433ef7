"""Fakes of each role: real subclasses that do what the test says, no mocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from edgevid.errors import SinkError
from edgevid.interfaces import (
    Grabbed,
    Model,
    Options,
    RunInfo,
    Signals,
    Sink,
    Source,
    StreamState,
)
from edgevid.testing.values import make_card
from edgevid.types import Event, Frame, Gap, Image, Prediction, Scores, SourceInfo, Vehicle


class FakeClock:
    """Stands for ``time.monotonic``: time passes when the test says so."""

    def __init__(self, now: float = 0.0) -> None:
        """Start at ``now``."""
        self.now = now

    def __call__(self) -> float:
        """The time, seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class SyntheticSource(Source):
    """Delivers a script: a number is a frame's pts; a Gap, an exception; None a corrupt frame.

    Each image has the grey level ``index % 256``, so that a test can prove which frame arrived.
    """

    def __init__(
        self,
        script: Iterable[float | Gap | Exception | None],
        *,
        live: bool = False,
        size: tuple[int, int] = (48, 64),
    ) -> None:
        """Take the script; ``size`` is (height, width)."""
        super().__init__(Options(), "synthetic")
        self._script = list(script)
        self._live = live
        self._size = size

    def open(self) -> SourceInfo:
        """Start the script."""
        self._rest = iter(self._script)
        self._index = -1
        self._corrupt = False
        self._last = 0.0
        height, width = self._size
        return SourceInfo("synthetic", "synthetic", self._live, width, height, rate_hz=10.0)

    def grab(self) -> Grabbed | Gap | None:
        """The next item of the script."""
        for item in self._rest:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, Gap):
                return item
            self._index += 1
            self._corrupt = item is None
            self._last = self._last + 0.1 if item is None else item
            return Grabbed(self._index, self._last, self._last)
        return None

    def retrieve(self, out: Image | None = None) -> Image | None:
        """A grey image, or None where the script says corrupt."""
        if self._corrupt:
            return None
        shape = (*self._size, 3)
        image = out if out is not None and out.shape == shape else np.empty(shape, np.uint8)
        image[:] = self._index % 256
        return image


class FakeModel(Model):
    """Scores of the class "busy" as the test says; remembers the frames it saw."""

    def __init__(
        self, score: Callable[[Frame], float] = lambda frame: 0.0, **card_fields: Any
    ) -> None:
        """Take the score as a function of the frame; it may raise."""
        super().__init__(Options())
        self._score = score
        self.card = make_card(**card_fields)
        self.seen: list[int] = []

    def infer(
        self, frames: Sequence[Frame], states: Sequence[StreamState]
    ) -> Sequence[Scores | None]:
        """One score for each stream."""
        found = []
        for frame, state in zip(frames, states, strict=True):
            state.memory = frame.index
            self.seen.append(frame.index)
            busy = self._score(frame)
            found.append(Scores(np.array([1 - busy, busy], np.float32)))
        return found


class RecordingSink(Sink):
    """Stores its calls, as (kind, value); fails where the test wants it."""

    needs_target = False

    def __init__(self, *, wants_pictures: bool = True, fail_at: str | None = None) -> None:
        """Fail at one of "open", "image", "prediction", "event", "gap"."""
        super().__init__(Options())
        self.wants_pictures = wants_pictures
        self._fail_at = fail_at
        self.calls: list[tuple[str, Any]] = []
        self.num_closed = 0

    def _record(self, kind: str, value: Any) -> None:
        if kind == self._fail_at:
            raise SinkError(f"the test wanted {kind} to fail")
        self.calls.append((kind, value))

    def open(self, session: RunInfo) -> None:
        """Record it."""
        self._record("open", session)

    def picture(self, picture: Image, frame: Frame) -> None:
        """Record the frame's index."""
        self._record("picture", frame.index)

    def prediction(self, prediction: Prediction) -> None:
        """Record it."""
        self._record("prediction", prediction)

    def event(self, event: Event) -> None:
        """Record it."""
        self._record("event", event)

    def gap(self, gap: Gap) -> None:
        """Record it."""
        self._record("gap", gap)

    def close(self) -> None:
        """Count it."""
        self.num_closed += 1


class FakeSignals(Signals):
    """Says at each moment the newest value that the test gave for it or for a time before.

    A number is a speed in km/h; an exception is raised.
    """

    needs_target = False

    def __init__(
        self,
        values: Mapping[float, Vehicle | float | Exception],
        *,
        max_age_seconds: float = math.inf,
    ) -> None:
        """Take the values by time; older than ``max_age_seconds`` they are unknown."""
        super().__init__(Options())
        self._values = sorted(values.items(), key=lambda item: item[0])
        self._max_age_seconds = max_age_seconds
        self.asked: list[float] = []
        self.num_closed = 0

    def open(self, info: SourceInfo) -> None:
        """Nothing to open."""

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest value; records what was asked."""
        self.asked.append(pts_seconds)
        known = [(at, value) for at, value in self._values if at <= pts_seconds]
        if not known or pts_seconds - known[-1][0] > self._max_age_seconds:
            return Vehicle()
        value = known[-1][1]
        if isinstance(value, Exception):
            raise value
        return value if isinstance(value, Vehicle) else Vehicle(value, value == 0)

    def close(self) -> None:
        """Count it."""
        self.num_closed += 1
