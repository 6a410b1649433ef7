"""One car's inside as a mesh, with its materials."""

from __future__ import annotations

import numpy as np

from edgevid_synth.cabin.clutter import add_clutter
from edgevid_synth.cabin.dashboard import add_dashboard
from edgevid_synth.cabin.door import add_door
from edgevid_synth.cabin.layout import CabinLayout
from edgevid_synth.cabin.seats import add_seats
from edgevid_synth.cabin.shell import add_shell
from edgevid_synth.graphics.materials import ALONG, BLOBS, CHECK, PLAIN, Materials, random_colour
from edgevid_synth.graphics.meshes import MeshBuilder, tube
from edgevid_synth.parts import Surface


def build_cabin(
    mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator, *, belt: bool
) -> None:
    """Add everything of the car that does not move.

    Args:
        mesh: What it is added to.
        car: Sizes.
        rng: For what the layout leaves open.
        belt: Whether the belt runs from the pillar to the shoulder.
    """
    add_seats(mesh, car, rng)
    add_door(mesh, car)
    add_shell(mesh, car, rng)
    add_dashboard(mesh, car, rng)
    add_clutter(mesh, car, rng)
    if belt:
        ends = [[car.door - 0.07, car.roof - 0.18, car.pillar], [car.door - 0.14, 0.57, -0.15]]
        mesh.add(tube(ends, 0.012, 5), Surface.BELT)


def paint_cabin(m: Materials, rng: np.random.Generator) -> None:
    """Materials of the car by chance; often light seats in a dark car, and the other way round."""
    base = random_colour(rng, 0.02, 0.5, 0.25)
    lower = base if rng.random() < 0.5 else random_colour(rng, 0.02, 0.6, 0.4)
    m.set(
        Surface.SEAT,
        random_colour(rng, 0.02, 0.6, 0.4),
        random_colour(rng, 0.02, 0.5, 0.3),
        pattern=int(rng.choice([PLAIN, ALONG, BLOBS], p=[0.7, 0.2, 0.1])),
        scale=rng.uniform(8, 20),
        gloss=rng.uniform(0.05, 0.5),
        bump=0.15,
        bump_scale=60,
    )
    m.set(Surface.DASH, base, gloss=rng.uniform(0.1, 0.5), mottle=0.06)
    m.set(Surface.DOOR, base * 0.9, gloss=0.2, mottle=0.06)
    m.set(Surface.DOOR_LOWER, lower, gloss=0.1, mottle=0.08)
    m.set(Surface.WHEEL, random_colour(rng, 0.02, 0.16, 0.1), gloss=0.5)
    m.set(Surface.ROOF, random_colour(rng, 0.05, 0.8, 0.1), gloss=0.05)
    m.set(
        Surface.SCREEN,
        random_colour(rng, 0.02, 0.5, 0.8),
        random_colour(rng, 0.05, 1, 0.9),
        pattern=CHECK,
        scale=25,
        gloss=0.8,
        emission=rng.choice([0, 0.6, 1.5]),
    )
    m.set(Surface.METAL, [0.4, 0.4, 0.42], gloss=1)
    m.set(Surface.REAR, m.colour(Surface.SEAT) * 0.9, gloss=0.1)
    m.set(
        Surface.CLUTTER, random_colour(rng), random_colour(rng), pattern=BLOBS, gloss=0.2, bump=0.3
    )
    m.set(Surface.BELT, random_colour(rng, 0.02, 0.35, 0.1), gloss=0.15, mottle=0.02)
