"""The behaviours with hands: each a function from an actor and a random stream to an action."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgevid_synth.graphics.linear import vector
from edgevid_synth.motion.action import Action
from edgevid_synth.motion.keys import Actor, PoseKey, in_car, other, sign
from edgevid_synth.motion.resting import on_gear, on_thigh, resting

Rng = np.random.Generator


def pause(rng: Rng) -> float:
    """Seconds between two poses: one distribution for all behaviours, so that rhythm is no cue."""
    return float(np.clip(rng.lognormal(-0.2, 0.6), 0.25, 3.5))


def pickup_pose(actor: Actor, side: str, rng: Rng) -> PoseKey:
    """Taking something from the console or the lap."""
    base = actor.habit
    hand = on_gear(actor) if side == "r" and rng.random() < 0.6 else on_thigh(side, rng)
    glance = vector(0.25 * sign(side) * rng.uniform(0, 1), rng.uniform(0.1, 0.4), 0)
    return base.with_hand(side, hand, head=base.head + glance)


def _with_phone(
    behaviour: str,
    variant: str,
    keys: list[tuple[float, PoseKey]],
    actor: Actor,
    rng: Rng,
    side: str,
    *,
    tapping: bool = False,
) -> Action:
    label = f"{behaviour}_{'left' if side == 'l' else 'right'}"
    pickup = pickup_pose(actor, side, rng)
    return Action(label, variant, tuple(keys), "phone", side, pickup, tapping)


def texting(actor: Actor, rng: Rng, side: str) -> Action:
    """Phone before the chest or in the lap, eyes on it and off again."""
    k, base = sign(side), actor.habit
    place = [k * rng.uniform(-0.02, 0.2), rng.uniform(0.12, 0.36), rng.uniform(0.22, 0.36)]
    hand = in_car(
        place,
        [-k * rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.5), 0.8],
        [-k * 0.15, 0.75, -0.55],
        [k * 0.8, -1, -0.3],
        (0.7, 0.75, 1),
    )
    pose = base.with_hand(side, hand)
    if rng.random() < 0.2:
        pose = pose.with_hand(other(side), resting(actor, other(side), rng))
    down = vector(k * rng.uniform(-0.1, 0.25), rng.uniform(0.3, 0.65), 0)
    reading = replace(pose, head=down, trunk=base.trunk + [0, 0.05, 0])
    looking_up = replace(pose, head=vector(rng.normal(0, 0.1), 0.08, 0))
    keys = [(pause(rng) + 0.8, reading), (pause(rng), looking_up), (pause(rng) + 0.5, reading)]
    return _with_phone("texting", "texting", keys, actor, rng, side, tapping=True)


def calling(actor: Actor, rng: Rng, side: str) -> Action:
    """Phone at the ear."""
    ear, base = actor.person.ear, actor.habit
    hand = actor.at_head(
        side,
        [ear[0] + 0.022, ear[1] - 0.035, ear[2] + 0.03],
        [-0.05, 0.75, -0.6 + rng.normal(0, 0.2)],
        [-1, 0.1, 0.1],
        (rng.uniform(0.25, 0.7), -1, rng.uniform(0.3, 0.8)),
        (0.65, 0.62, 1),
    )
    pose = base.with_hand(side, hand)
    if rng.random() < 0.35:
        pose = pose.with_hand(other(side), resting(actor, other(side), rng))
    roll = -sign(side) * rng.uniform(0, 0.2)
    keys = [
        (pause(rng), replace(pose, head=vector(rng.normal(0, 0.25), rng.normal(0.05, 0.1), roll)))
        for _ in range(4)
    ]
    return _with_phone("phone", "phone at the ear", keys, actor, rng, side)


def operating_radio(actor: Actor, rng: Rng) -> Action:
    """The right hand on the centre stack."""
    base = actor.habit
    place = actor.car.radio + [rng.uniform(-0.05, 0.06), rng.uniform(-0.12, 0.08), 0]
    look = vector(-rng.uniform(0.1, 0.6), rng.uniform(0.05, 0.4), 0)
    keys = []
    for _ in range(4):
        at = place + [rng.normal(0, 0.04), rng.normal(0, 0.05), 0]
        hand = in_car(
            at, [-0.25, 0.1, 1], [0.1, -1, 0], [-1, -0.7, -0.3], (0.5, rng.uniform(0.3, 0.7), 0.05)
        )
        head = look if rng.random() < 0.7 else base.head
        keys.append(
            (pause(rng), base.with_hand("r", hand, head=head, trunk=base.trunk + [-0.12, 0.1, 0]))
        )
    return Action("operating_radio", "radio", tuple(keys))


def drinking(actor: Actor, rng: Rng) -> Action:
    """A cup, bottle or can at the mouth, and lowered between sips."""
    side = str(rng.choice(["r", "l"], p=[0.7, 0.3]))
    k, base, mouth = sign(side), actor.habit, actor.person.mouth
    lowered = in_car(
        [k * rng.uniform(0.05, 0.2), rng.uniform(0.25, 0.38), rng.uniform(0.2, 0.3)],
        [-k * 0.55, 0.1, 0.8],
        [-k * 0.9, 0, -0.3],
        [k, -1, -0.2],
        (0.7, 0.72, 1),
    )
    raised = actor.at_head(
        side,
        [0.015, mouth[1] - 0.02, mouth[2] + 0.055],
        [-0.75, 0.25, 0.35],
        [-0.25, 0.0, -0.95],
        (rng.uniform(0.4, 0.9), -0.8, rng.uniform(0.2, 0.7)),
        (0.7, 0.7, 1),
    )
    head = vector(rng.normal(0, 0.1), -rng.uniform(0.05, 0.4), 0)
    sip = base.with_hand(side, raised, head=head, tilt=float(rng.uniform(0.6, 1.3)))
    rest = base.with_hand(side, lowered)
    keys = [(pause(rng) + 0.5, sip), (pause(rng) + 0.4, sip), (min(pause(rng), 1.2), rest)]
    prop = str(rng.choice(["cup", "bottle", "can"]))
    return Action("drinking", prop, tuple(keys), prop, side, pickup_pose(actor, side, rng))


def reaching_behind(actor: Actor, rng: Rng) -> Action:
    """The right arm between the seats, the trunk turned."""
    base = actor.habit
    twist, yaw = -rng.uniform(0.4, 0.95), -rng.uniform(0.5, 1.35)
    keys = []
    place = np.array([rng.uniform(-0.75, -0.4), rng.uniform(0.0, 0.45), rng.uniform(-0.75, -0.45)])
    for _ in range(3):
        hand = in_car(
            place + rng.normal(0, 0.06, 3),
            [-0.3, -0.2, -1],
            [0, -1, 0],
            [-1, 0.1, 0.3],
            (0.3, 0.3, 1),
        )
        head = vector(yaw + rng.normal(0, 0.15), rng.uniform(0, 0.3), 0)
        keys.append(
            (
                pause(rng),
                base.with_hand(
                    "r", hand, head=head, trunk=vector(twist, -0.05, rng.uniform(0.05, 0.2))
                ),
            )
        )
    return Action("reaching_behind", "back seat", tuple(keys))


def smoking(actor: Actor, rng: Rng) -> Action:
    """A cigarette to the mouth and away."""
    side = str(rng.choice(["l", "r"]))
    base, mouth = actor.habit, actor.person.mouth
    drag = actor.at_head(
        side,
        [0.02, mouth[1] - 0.01, mouth[2] + 0.055],
        [-0.45, 0.8, -0.15],
        [-0.35, 0.0, -1],
        (rng.uniform(0.4, 0.9), -0.8, rng.uniform(0.2, 0.7)),
        (0.3, 0.25, 0.6),
    )
    k = sign(side)
    held = in_car(
        [k * rng.uniform(0.1, 0.28), rng.uniform(0.28, 0.45), rng.uniform(0.15, 0.3)],
        [-k * 0.2, 0.8, 0.5],
        [-k * 0.6, -0.2, 0.2],
        [k, -0.6, -0.4],
        (0.3, 0.3, 0.5),
    )
    if side == "l" and rng.random() < 0.5:
        place = [actor.car.door - 0.02, actor.car.sill + 0.08, rng.uniform(0.15, 0.35)]
        held = in_car(place, [-0.1, 0.6, 0.8], [-0.6, -0.2, 0.2], [1, -0.3, -0.6], (0.3, 0.3, 0.5))
    at_mouth, away = base.with_hand(side, drag), base.with_hand(side, held)
    keys = [(pause(rng), at_mouth), (pause(rng) + 0.4, at_mouth), (pause(rng) + 0.3, away)]
    return Action("smoking", "cigarette", tuple(keys), "cigarette", side, away)
