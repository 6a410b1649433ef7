"""Scores as functions of time, run through the policy engine."""

from dataclasses import dataclass, field

import numpy as np

from edgevid.events.engine import PolicyEngine
from edgevid.events.policy import Policy
from edgevid.testing import make_card, make_prediction
from edgevid.types import Vehicle

CARD = make_card(background="calm")
SIMPLE = {"profile": "research", "rules": {
    "tau_seconds": 0.3, "enter": 0.63, "exit": 0.37, "min_on_seconds": 0.5, "min_off_seconds": 2.0,
}}  # fmt: skip
"""One label, no levels."""
LEVELS = {"profile": "fleet", "notify_level": 1}
FACES = make_card(
    ("calm", "texting_left", "phone_left", "occluded"), background="calm", name="faces"
)


@dataclass
class Told:
    """What an engine said."""

    events: list = field(default_factory=list)
    availability: list = field(default_factory=list)

    def closed(self):
        return [e for e in self.events if e.phase == "closed"]

    def spans(self):
        return [(e.start_seconds, e.end_seconds) for e in self.closed()]

    def rises(self):
        """(group, level, time) of every level reached, once for each event."""
        return [
            (e.group, change.level, change.at_seconds)
            for e in self.closed()
            for before, change in zip((None, *e.levels), e.levels, strict=False)
            if change.level > (before.level if before else 0)
        ]

    def states(self):
        return [(a.state, a.start_seconds) for a in self.availability]


def make_engine(options=None, card=CARD, drive="drive.mp4"):
    engine = PolicyEngine(Policy.model_validate(options or SIMPLE), card)
    engine.open(drive)
    return engine


def times(seconds, rate=10.0):
    return [i / rate for i in range(round(seconds * rate))]


def tell(score, moments, options=None, *, card=CARD, vehicle=lambda t: Vehicle(), finish=True):
    """Run a trace.

    Args:
        score: Time → score of "busy"; or → scores of all classes; or None for an unusable one.
        moments: pts of the predictions.
        options: Of the policy.
        card: Of the model.
        vehicle: Time → ``Vehicle``.
        finish: Whether the stream ends.
    """
    engine, told = make_engine(options, card), Told()
    for number, t in enumerate(moments):
        value = score(t)
        scores = (1 - value, value) if isinstance(value, float | int) else value
        valid = scores is not None
        prediction = make_prediction(
            scores if valid else [0.0] * len(card.class_names),
            pts_seconds=t, frame_index=number, valid=valid,
        )  # fmt: skip
        told.events += engine.update(prediction, vehicle(t))
        told.availability += engine.take_availability()
    if finish:
        told.events += engine.finish(float(np.max(moments)) if len(moments) else 0.0)
        told.availability += engine.take_availability()
    return told


def busy(*parts, high=0.95, low=0.02):
    """Score over time: high within the parts."""
    return lambda t: high if any(a <= t < b for a, b in parts) else low


def doing(*parts, card=FACES, high=0.94):
    """Scores of all classes: (label, start, end); calm otherwise."""

    def scores(t):
        label = next((name for name, a, b in parts if a <= t < b), "calm")
        rest = (1 - high) / (len(card.class_names) - 1)
        return [high if name == label else rest for name in card.class_names]

    return scores
