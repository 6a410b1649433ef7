"""Hair and make-up, talking to the passenger, and safe driving with all that resembles the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgevid_synth.graphics.linear import vector
from edgevid_synth.labels import BACKGROUND
from edgevid_synth.motion.action import Action
from edgevid_synth.motion.behaviours import Rng, pause, pickup_pose
from edgevid_synth.motion.keys import Actor, HandKey, PoseKey, in_car, other, sign
from edgevid_synth.motion.resting import at_chin, resting


def _at_hair(actor: Actor, side: str, rng: Rng) -> HandKey:
    ear = actor.person.ear
    place = [
        rng.uniform(0.03, 0.10),
        actor.person.top - rng.uniform(0.0, 0.06),
        ear[2] + rng.uniform(-0.06, 0.07),
    ]
    return actor.at_head(
        side, place, [-0.75, 0.25, -0.4], [-0.3, -0.9, 0], (1, 0.1, 0.25), (0.3, 0.35, 1)
    )


def _at_face(actor: Actor, side: str, rng: Rng) -> HandKey:
    mouth = actor.person.mouth
    place = [rng.uniform(0.01, 0.06), mouth[1] + rng.uniform(-0.005, 0.09), mouth[2] + 0.03]
    elbow = (rng.uniform(0.4, 0.9), -0.8, rng.uniform(0.2, 0.7))
    return actor.at_head(side, place, [-0.6, 0.55, -0.1], [-0.2, 0.1, -1], elbow, (0.7, 0.7, 0.5))


def hair_makeup(actor: Actor, rng: Rng) -> Action:
    """Combing, arranging, painting: small strokes at hair or face."""
    kind = str(rng.choice(["hair", "face", "both hands"]))
    side = str(rng.choice(["r", "l"], p=[0.65, 0.35]))
    at = _at_face if kind == "face" else _at_hair
    look = vector(rng.uniform(-0.4, 0.1), -rng.uniform(0, 0.25), rng.normal(0, 0.15))
    keys = []
    for _ in range(6):
        head = look + vector(rng.normal(0, 0.08), 0, 0)
        pose = actor.habit.with_hand(side, at(actor, side, rng), head=head)
        if kind == "both hands":
            pose = pose.with_hand(other(side), _at_hair(actor, other(side), rng))
        keys.append((min(pause(rng), 1.0), pose))
    brush = kind != "both hands" and rng.random() < 0.65
    pickup = pickup_pose(actor, side, rng) if brush else None
    return Action(
        "hair_makeup",
        kind,
        tuple(keys),
        "brush" if brush else None,
        side if brush else None,
        pickup,
    )


def talking_to_passenger(actor: Actor, rng: Rng) -> Action:
    """Turned to the passenger, sometimes with a hand that speaks too."""
    base = actor.habit
    turn, twist = -rng.uniform(0.7, 1.35), -rng.uniform(0, 0.2)
    gestures = rng.random() < 0.4
    keys = []
    for _ in range(6):
        head = vector(turn + rng.normal(0, 0.15), rng.normal(0.03, 0.1), rng.normal(0, 0.08))
        pose = replace(base, head=head, trunk=base.trunk + [twist, 0, 0])
        if gestures:
            place = np.array([-0.25, 0.3, 0.25]) + rng.normal(0, 0.06, 3)
            hand = in_car(place, [-0.5, 0.4, 0.6], [-0.3, 0.8, 0.2], [-1, -1, -0.2], (0.2, 0.2, 1))
            pose = pose.with_hand("r", hand)
        keys.append((pause(rng), pose))
    return Action("talking_to_passenger", "gesturing" if gestures else "turned", tuple(keys))


def safe_driving(actor: Actor, rng: Rng, variant: str | None = None) -> Action:
    """Driving, with glances, resting hands and the small things that are no distraction."""
    names = list(_SAFE)
    drawn = str(rng.choice(names, p=[_SAFE[n][0] for n in names]))
    variant = variant or drawn
    return _SAFE[variant][1](actor, rng, variant)


def _cruising(actor: Actor, rng: Rng, variant: str) -> Action:
    base = actor.habit
    if variant == "one hand":
        side = str(rng.choice(["l", "r"]))
        base = base.with_hand(side, resting(actor, side, rng))
    if variant == "propping the head":
        side = str(rng.choice(["l", "r"], p=[0.8, 0.2]))
        base = base.with_hand(side, at_chin(actor, side, rng))
    keys: list[tuple[float, PoseKey]] = []
    for _ in range(3):
        keys.append((pause(rng) + 1.0, base))
        yaw = float(rng.choice([-0.6, -0.25, 0.5, rng.normal(0, 0.15)]))
        glance = replace(base, head=vector(yaw, rng.normal(0.05, 0.1), base.head[2]))
        keys.append((min(pause(rng), 1.0), glance))
    return Action(BACKGROUND, variant, tuple(keys))


def _talking_handsfree(actor: Actor, rng: Rng, variant: str) -> Action:
    keys = [
        (pause(rng), replace(actor.habit, head=actor.habit.head + rng.normal(0, 0.08, 3)))
        for _ in range(5)
    ]
    return Action(BACKGROUND, variant, tuple(keys))


def _adjusting(actor: Actor, rng: Rng, variant: str) -> Action:
    base, car = actor.habit, actor.car
    if variant == "adjusting the mirror":
        hand = in_car(
            car.mirror + [0.03, -0.03, -0.03],
            [-0.3, 0.7, 0.6],
            [0, 0, 1],
            [-1, -0.5, 0],
            (0.5, 0.4, 1),
        )
        side, head = "r", vector(-0.4, -0.15, 0)
    else:
        place = [0.05, 0.38 + rng.uniform(-0.1, 0.05), 0.14]
        hand = in_car(place, [0.6, 0.5, -0.1], [0, 0.1, -1], [-1, -0.8, 0.1], (0.6, 0.8, 1))
        side, head = "r", vector(0.2, 0.25, 0)
    keys = [
        (
            pause(rng),
            base.with_hand(
                side, replace(hand, place=hand.place + rng.normal(0, 0.02, 3)), head=head
            ),
        )
        for _ in range(3)
    ]
    return Action(BACKGROUND, variant, tuple(keys))


def _eating(actor: Actor, rng: Rng, variant: str) -> Action:
    side = str(rng.choice(["r", "l"]))
    mouth, k = actor.person.mouth, sign(side)
    bite = actor.at_head(
        side, [0.02, mouth[1] - 0.02, mouth[2] + 0.045], [-0.6, 0.6, 0.1], [-0.3, 0.1, -0.95],
        (0.7, -0.8, 0.4), (0.7, 0.75, 1),
    )  # fmt: skip
    low = in_car(
        [k * rng.uniform(0.05, 0.2), rng.uniform(0.2, 0.35), rng.uniform(0.2, 0.3)],
        [-k * 0.5, 0.3, 0.8], [-k * 0.6, 0.5, -0.3], [k, -1, -0.2], (0.7, 0.75, 1),
    )  # fmt: skip
    keys = [
        (pause(rng), actor.habit.with_hand(side, bite)),
        (pause(rng) + 0.5, actor.habit.with_hand(side, low)),
    ]
    return Action(BACKGROUND, variant, tuple(keys), "food", side, pickup_pose(actor, side, rng))


_SAFE = {
    "both hands": (0.40, _cruising),
    "one hand": (0.30, _cruising),
    "propping the head": (0.06, _cruising),
    "talking hands-free": (0.08, _talking_handsfree),
    "adjusting the mirror": (0.05, _adjusting),
    "adjusting the belt": (0.05, _adjusting),
    "eating": (0.06, _eating),
}
"""Chance of each variant; the later ones are hard negatives."""
SAFE_VARIANTS = tuple(_SAFE)
