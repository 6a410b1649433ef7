"""The function that performs each label, and how long it lasts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from edgevid_synth.labels import BACKGROUND
from edgevid_synth.motion import behaviours, gestures
from edgevid_synth.motion.action import Action
from edgevid_synth.motion.keys import Actor

Perform = Callable[[Actor, behaviours.Rng], Action]

REPERTOIRE: dict[str, Perform] = {
    BACKGROUND: gestures.safe_driving,
    "texting_left": partial(behaviours.texting, side="l"),
    "texting_right": partial(behaviours.texting, side="r"),
    "phone_left": partial(behaviours.calling, side="l"),
    "phone_right": partial(behaviours.calling, side="r"),
    "operating_radio": behaviours.operating_radio,
    "drinking": behaviours.drinking,
    "reaching_behind": behaviours.reaching_behind,
    "hair_makeup": gestures.hair_makeup,
    "talking_to_passenger": gestures.talking_to_passenger,
    "smoking": behaviours.smoking,
}

DURATIONS: dict[str, tuple[float, float]] = {
    BACKGROUND: (4.0, 25.0),
    "texting_left": (4.0, 20.0),
    "texting_right": (4.0, 20.0),
    "phone_left": (8.0, 40.0),
    "phone_right": (8.0, 40.0),
    "operating_radio": (3.0, 8.0),
    "drinking": (3.5, 9.0),
    "reaching_behind": (3.0, 7.0),
    "hair_makeup": (4.0, 15.0),
    "talking_to_passenger": (4.0, 30.0),
    "smoking": (6.0, 30.0),
}
"""(least, most) seconds that a behaviour lasts in a drive."""


def perform(label: str, actor: Actor, rng: behaviours.Rng) -> Action:
    """Draw one action of a behaviour.

    Raises:
        KeyError: If the label is none of ``LABELS``.
    """
    return REPERTOIRE[label](actor, rng)
