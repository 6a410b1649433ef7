"""Loose objects in the car."""

from __future__ import annotations

import numpy as np

from edgevid_synth.cabin.layout import CENTRE, PASSENGER, CabinLayout
from edgevid_synth.graphics.linear import vector
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, tube
from edgevid_synth.parts import Surface


def add_clutter(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """Add loose objects; props of the behaviours lie about in any scene, so they are no cue."""
    if rng.random() < 0.2:
        place = vector(rng.uniform(-0.75, -0.4), rng.uniform(0.1, 0.45), rng.uniform(0.3, 0.6))
        mesh.add(rounded_box(place, rng.uniform(0.02, 0.07, 3), 0.6, 0.6, None, 6), Surface.CLUTTER)
    if rng.random() < 0.25:
        place = car.cup_holder + [0, 0.05, 0]
        mesh.add(tube([place - [0, 0.06, 0], place + [0, 0.06, 0]], 0.035, 10), Surface.LID)
    if rng.random() < 0.3:
        place = vector(CENTRE + rng.uniform(-0.03, 0.03), 0.045, rng.uniform(0.2, 0.4))
        if rng.random() < 0.5:
            place = vector(CENTRE, car.dash_height + 0.05, car.dash_depth - 0.05)
        mesh.add(rounded_box(place, [0.037, 0.006, 0.076], 0.25, 0.25, None, 6), Surface.GLASSES)
    if rng.random() < 0.25:
        place = vector(PASSENGER + rng.uniform(-0.1, 0.1), 0.0, rng.uniform(-0.05, 0.2))
        size = rng.uniform([0.08, 0.06, 0.08], [0.2, 0.2, 0.2])
        mesh.add(
            rounded_box(place, size, rng.uniform(0.2, 1), rng.uniform(0.2, 1), None, 8),
            Surface.CLUTTER,
        )
