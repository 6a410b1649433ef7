"""Two front seats with head-rests, a rear bench and its shelf."""

from __future__ import annotations

import math

import numpy as np

from edgevid_synth.cabin.layout import CENTRE, FAR_SIDE, PASSENGER, CabinLayout
from edgevid_synth.graphics.linear import vector
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, sheet, tube
from edgevid_synth.parts import Surface


def add_seats(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """Two front seats with head-rests, a rear bench and its shelf."""
    lean = car.recline
    up, forward = (
        vector(0, math.cos(lean), -math.sin(lean)),
        vector(0, math.sin(lean), math.cos(lean)),
    )
    axes = np.stack([vector(1, 0, 0), up, forward], 1)
    width, height = car.seat_half_width, car.seat_half_height
    bolster, head = (
        rng.uniform(0.04, 0.075),
        (rng.uniform(0.10, 0.15), rng.uniform(0.07, 0.11), 0.05),
    )
    one_piece = rng.random() < 0.2
    for x in (0.0, PASSENGER):
        foot = vector(x, -0.09, -0.17)
        mesh.add(
            rounded_box(foot + up * height, [width, height, 0.075], 0.35, 0.45, axes, 12),
            Surface.SEAT,
        )
        for side in (-1, 1):
            place = foot + up * height * 0.9 + forward * 0.045 + vector(side * width * 0.86, 0, 0)
            mesh.add(
                rounded_box(place, [bolster, height * 0.8, 0.075], 0.6, 0.7, axes, 8), Surface.SEAT
            )
        rest = foot + up * (2 * height + (0.05 if one_piece else 0.10)) + forward * 0.02
        mesh.add(rounded_box(rest, head, 0.6, 0.6, axes, 10), Surface.SEAT)
        for across in (-0.05, 0.05):
            rod = [
                foot + up * 2 * height * 0.97 + [across, 0, 0],
                foot + up * (2 * height + 0.08) + [across, 0, 0],
            ]
            mesh.add(tube(rod, 0.007), Surface.METAL)
        mesh.add(
            rounded_box([x, -0.17, 0.12], [width, 0.085, 0.30], 0.35, 0.4, None, 10), Surface.SEAT
        )
    mesh.add(rounded_box([CENTRE, 0.18, -0.98], [0.62, 0.30, 0.09], 0.3, 0.3), Surface.REAR)
    mesh.add(
        rounded_box([CENTRE, -0.15, -0.78], [0.62, 0.09, 0.25], 0.3, 0.3, None, 8), Surface.REAR
    )
    if rng.random() < 0.6:
        for x in (0.0, PASSENGER):
            mesh.add(
                rounded_box([x, 0.53, -0.98], [0.11, 0.07, 0.04], 0.6, 0.6, None, 8), Surface.REAR
            )
    y = car.shelf
    mesh.add(
        sheet(
            [0.5, y, -1.05], [FAR_SIDE, y, -1.05], [FAR_SIDE, y - 0.02, -1.6], [0.5, y - 0.02, -1.6]
        ),
        Surface.REAR,
    )
