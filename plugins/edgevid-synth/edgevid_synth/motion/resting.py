"""Resting hands: hard negatives."""

from __future__ import annotations

import numpy as np

from edgevid_synth.motion.keys import Actor, HandKey, in_car, sign


def on_thigh(side: str, rng: np.random.Generator) -> HandKey:
    """On the leg of its own side."""
    k = sign(side)
    place = [k * rng.uniform(0.05, 0.16), rng.uniform(0.02, 0.08), rng.uniform(0.18, 0.32)]
    return in_car(place, [-k * 0.3, -0.1, 1], [0, -1, 0], [k, -0.6, -0.3], (0.4, 0.4, 1))


def on_gear(actor: Actor) -> HandKey:
    """The right hand on the gear lever."""
    return in_car(actor.car.gear, [-0.2, -0.1, 1], [0, -1, 0], [-1, -0.4, -0.4], (0.6, 0.8, 1))


def on_sill(actor: Actor, rng: np.random.Generator) -> HandKey:
    """The left elbow out of the window, or the hand on the sill."""
    place = [actor.car.door - 0.05, actor.car.sill + 0.03, rng.uniform(0.15, 0.35)]
    return in_car(place, [-0.2, 0.1, 1], [0, -1, 0], [1, -0.2, -0.6], (0.3, 0.3, 1))


def at_chin(actor: Actor, side: str, rng: np.random.Generator) -> HandKey:
    """Propping the head, the elbow on the sill: near a phone call, and none."""
    mouth = actor.person.mouth
    place = [rng.uniform(0.01, 0.05), mouth[1] - rng.uniform(0.02, 0.06), mouth[2] + 0.01]
    return actor.at_head(
        side, place, [-0.3, 0.8, -0.2], [-0.4, 0.1, -0.9], (0.8, -1, 0.3), (0.5, 0.8, 0.9)
    )


def resting(actor: Actor, side: str, rng: np.random.Generator) -> HandKey:
    """A random resting place."""
    kind = rng.random()
    if kind < 0.6:
        return actor.on_wheel(side)
    if kind < 0.8:
        return on_thigh(side, rng)
    return on_gear(actor) if side == "r" else on_sill(actor, rng)
