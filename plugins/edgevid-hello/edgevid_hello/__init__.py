"""The smallest complete plugin: a model and a sink."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edgevid import Card, Event, Frame, Model, RunInfo, Scores, Sink, StreamState, hookimpl


class HelloBrightness(Model):
    """Detects whether a frame is bright or dark."""

    card = Card(
        name="hello_brightness",
        class_names=("dark", "bright"),
        temporal_mode="frame",
        input_rate_hz=5.0,
        license="Apache-2.0",
    )

    def infer(self, frames: Sequence[Frame], states: Sequence[StreamState]) -> list[Scores]:
        """Scores of each stream's frame."""
        bright = [float(frame.image.mean()) / 255 for frame in frames]
        return [Scores(np.array([1 - b, b], np.float32)) for b in bright]


class HelloTally(Sink):
    """Counts events by label and writes the counts at the end."""

    is_open = False

    def open(self, session: RunInfo) -> None:
        """Start counting."""
        self.is_open, self.counts = True, Counter[str]()

    def event(self, event: Event) -> None:
        """Count an event when it closes."""
        self.counts[event.label] += event.phase == "closed"

    def close(self) -> None:
        """Write one line for each label."""
        if self.is_open:
            lines = [f"{label} {count}\n" for label, count in sorted(self.counts.items())]
            Path(self.target or "tally.txt").write_text("".join(lines), encoding="utf-8")


@hookimpl
def register_models(register: Callable[[str, type[Model]], None]) -> None:
    """Make it known as ``--model hello_brightness``."""
    register("hello_brightness", HelloBrightness)


@hookimpl
def register_sinks(register: Callable[[str, type[Sink]], None]) -> None:
    """Make it known as ``--sink hello_tally:FILE``."""
    register("hello_tally", HelloTally)
