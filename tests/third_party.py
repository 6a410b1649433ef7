"""A third-party distribution: a source, a model and an event engine; not tests themselves.

It is a module that can be imported, as an installed one is: worker processes do so.
"""

import numpy as np

from edgevid import (
    Availability,
    EventEngine,
    Grabbed,
    Model,
    Options,
    Scores,
    Source,
    SourceInfo,
    SourceOpenError,
    hookimpl,
)
from edgevid.testing import make_card, make_event

CLASSES = ("dark", "bright")
FRAMES, RATE_HZ = 40, 10.0


class FlipBookSource(Source):
    """``flipbook:NAME?phase=P``: grey pictures, bright every second second from the phase on."""

    class Options(Options):
        phase: int = 0
        live: bool = False

    recorded = True

    def open(self):
        if self.uri == "burnt":
            raise SourceOpenError("flipbook:burnt: is ashes; give another one")
        self._index = -1
        return SourceInfo(
            f"flipbook:{self.uri}", "flipbook", self.options.live, 64, 48, rate_hz=RATE_HZ
        )

    def grab(self):
        self._index += 1
        if self._index == FRAMES:
            return None
        return Grabbed(self._index, self._index / RATE_HZ, 0.0)

    def retrieve(self, out=None):
        is_bright = (self._index + self.options.phase) // 10 % 2
        return np.full((48, 64, 3), 200 if is_bright else 20 + self._index, np.uint8)


class BrightnessModel(Model):
    """Plain numpy; it smooths over all frames before, so that no recording may be cut."""

    def __init__(self, options, context=None):
        super().__init__(options, context)
        self.card = make_card(name="brightness", class_names=CLASSES, input_rate_hz=RATE_HZ)

    def infer(self, frames, states):
        found = []
        for frame, state in zip(frames, states, strict=True):
            bright = float(frame.image.mean() > 100)
            state.memory = bright if state.memory is None else 0.5 * (state.memory + bright)
            found.append(Scores(np.array([1 - state.memory, state.memory], np.float32)))
        return found


class EdgeEngine(EventEngine):
    """An event from each change to bright until the end of it."""

    class Options(Options):
        level: int = 1

    def open(self, drive_id):
        self._drive, self._since, self._num = drive_id, None, 0
        self._changes = [Availability("ok", 0.0, "it sees")]

    def update(self, prediction, vehicle):
        is_bright = prediction.scores[1] > 0.6
        if is_bright and self._since is None:
            self._since = prediction.end_seconds
        elif not is_bright and self._since is not None:
            return self._close(prediction.end_seconds)
        return ()

    def _close(self, end_seconds):
        start, self._since, self._num = self._since, None, self._num + 1
        return [
            make_event(
                id=f"{self._drive}:{self._num}", group="bright", label="bright",
                start_seconds=start, end_seconds=end_seconds, max_level=self.options.level,
            )
        ]  # fmt: skip

    def gap(self, gap):
        return () if self._since is None else self._close(gap.start_seconds)

    def finish(self, end_seconds):
        return () if self._since is None else self._close(end_seconds)

    def take_availability(self):
        changes, self._changes = self._changes, []
        return changes

    @property
    def policy(self):
        return {"name": "edge", "sha256": f"{self.options.level:064d}"}


@hookimpl
def register_sources(register):
    register("flipbook", FlipBookSource)


@hookimpl
def register_models(register):
    register("brightness", BrightnessModel)


@hookimpl
def register_events(register):
    register("edge", EdgeEngine)
