"""The smallest complete plugin: a model and a sink."""

from collections import Counter
from pathlib import Path

import numpy as np

from edgevid import Card, Model, Scores, Sink, hookimpl


class HelloBrightness(Model):
    """Says whether the picture is bright or dark."""

    card = Card(
        name="hello_brightness",
        class_names=("dark", "bright"),
        temporal_mode="frame",
        input_rate_hz=5.0,
        license="Apache-2.0",
    )

    def infer(self, frames, states):
        """Scores of each stream's frame."""
        bright = [frame.image.mean() / 255 for frame in frames]
        return [Scores(np.array([1 - b, b], np.float32)) for b in bright]


class HelloTally(Sink):
    """Counts events by label and writes the counts at the end."""

    def open(self, session):
        """Start counting."""
        self.path = Path(self.target)
        self.counts = Counter()

    def event(self, event):
        """Count an event when it closes."""
        self.counts[event.label] += event.phase == "closed"

    def close(self):
        """Write one line for each label."""
        if hasattr(self, "path"):
            lines = [f"{label} {count}\n" for label, count in sorted(self.counts.items())]
            self.path.write_text("".join(lines), encoding="utf-8")


@hookimpl
def register_models(register):
    """Make it known as ``--model hello_brightness``."""
    register("hello_brightness", HelloBrightness)


@hookimpl
def register_sinks(register):
    """Make it known as ``--sink hello_tally:FILE``."""
    register("hello_tally", HelloTally)
