"""A passenger who sits still, as part of the cabin."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgevid_synth.body.figure import FEET, make_figure
from edgevid_synth.body.outfit import BEARD, HAIR, SHIRT, TROUSERS, random_outfit
from edgevid_synth.body.shape import random_person
from edgevid_synth.body.skeleton import SIDES, BodyGoal, HandGoal
from edgevid_synth.cabin.layout import PASSENGER, CabinLayout
from edgevid_synth.graphics.linear import turned, unit, vector
from edgevid_synth.graphics.materials import HAIR_TONES, Materials, random_colour, skin_tone
from edgevid_synth.graphics.meshes import MeshBuilder
from edgevid_synth.parts import Part, Surface


def add_passenger(
    mesh: MeshBuilder, m: Materials, car: CabinLayout, rng: np.random.Generator
) -> None:
    """Add a person in the passenger's seat, hands in the lap."""
    person = random_person(rng)
    figure = make_figure(person, random_outfit(rng, person.male))
    lean = car.recline
    hands = {
        side: HandGoal(
            place=vector(
                k * rng.uniform(0.05, 0.14), rng.uniform(0.0, 0.08), rng.uniform(0.1, 0.3)
            ),
            fingers=unit([-k * 0.4, -0.1, 1]),
            palm=unit([0, -1, 0.1]),
            elbow=vector(k, -0.6, -0.3),
            curl=vector(0.4, 0.4, 1),
        )
        for side, k in zip(SIDES, (1, -1), strict=True)
    }
    head = turned(rng.normal(0, 0.4), rng.normal(0.05, 0.15), rng.normal(0, 0.05))
    spine: Any = tuple(turned(0, -lean + lean * 0.15 * k, 0) for k in (0.0, 0.35, 0.7, 1.0))
    neck = turned(0, -lean * 0.25, 0)
    pose = figure.skeleton.pose(BodyGoal(spine, neck, head, hands, FEET))
    vertices = figure.posed(pose) + np.array([PASSENGER, 0, 0], np.float32)
    fields = figure.fields[figure.triangles].mean(1)
    surfaces = np.full(len(figure.triangles), Surface.PASSENGER_SKIN, np.int32)
    surfaces[(fields[:, HAIR] > 0) | (fields[:, BEARD] > 0)] = Surface.PASSENGER_HAIR
    surfaces[figure.surfaces == Surface.HAIR] = Surface.PASSENGER_HAIR
    surfaces[(fields[:, SHIRT] > 0) | (fields[:, TROUSERS] > 0)] = Surface.PASSENGER_CLOTHES
    for surface in (Surface.PASSENGER_SKIN, Surface.PASSENGER_HAIR, Surface.PASSENGER_CLOTHES):
        chosen = figure.triangles[surfaces == surface]
        if len(chosen):
            used, inverse = np.unique(chosen, return_inverse=True)
            mesh.add(
                (vertices[used], inverse.reshape(-1, 3).astype(np.int32)), surface, Part.PASSENGER
            )
    m.set(Surface.PASSENGER_SKIN, skin_tone(rng), gloss=0.35)
    m.set(Surface.PASSENGER_HAIR, HAIR_TONES[rng.integers(len(HAIR_TONES))], gloss=0.4, mottle=0.5)
    m.set(Surface.PASSENGER_CLOTHES, random_colour(rng, 0.03, 1, 0.8), mottle=0.15, bump=0.3)
