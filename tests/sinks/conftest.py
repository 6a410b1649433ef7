from __future__ import annotations

import numpy as np
import pytest

from edgevid.card import Card
from edgevid.default_plugins.sinks import register_sinks
from edgevid.interfaces import RunInfo
from edgevid.types import Event, Frame, Prediction, SourceInfo

CLASSES = ("attentive", "drinking")


@pytest.fixture
def session():
    return RunInfo(
        source=SourceInfo("drive.mp4", "file", False, 64, 48, rate_hz=30.0),
        card=Card(name="m", class_names=CLASSES, temporal_mode="frame", input_rate_hz=10),
        runs_on={"backend": "numpy", "provider": "cpu"},
        run_id="r1",
        started_at="2024-01-01T00:00:00Z",
    )


@pytest.fixture
def make():
    """Build a sink by its registered name."""
    classes = {}
    register_sinks(classes.__setitem__)

    def build(name, target=None, **options):
        cls = classes[name]
        return cls(cls.Options(**options), None if target is None else str(target))

    return build


def event(phase="closed", label="drinking", *, id="e1", start=1.25, end=3.5, reason="why"):
    return Event(id, label, start, end, phase, 0.91, 0.8, reason, "drive.mp4")


def frame(image, index, pts_seconds):
    return Frame(image, index, pts_seconds, 0.0, "drive.mp4")


def prediction(values, seconds=1.0):
    return Prediction(np.array(values, np.float32), seconds, seconds, 3, True)
