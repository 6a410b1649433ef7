"""The cabin's shell: pillars, roof, floor, tailgate."""

from __future__ import annotations

import numpy as np

from edgevid_synth.cabin.layout import CENTRE, FAR_SIDE, FLOOR, CabinLayout
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, sheet, tube
from edgevid_synth.parts import Surface


def add_shell(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """Pillars, roof, floor, tailgate and the rear-view mirror."""
    _add_roof(mesh, car, rng)
    x, sill, roof = car.door, car.sill, car.roof
    front = [
        [x + 0.02, sill, 0.72],
        [x - 0.04, (sill + roof) / 2 + 0.05, 0.52],
        [x - 0.11, roof - 0.01, 0.27],
    ]
    mesh.add(tube(front, [0.045, 0.04, 0.04], 8), Surface.ROOF)
    mesh.add(tube([[x - 0.02, sill, -1.0], [x - 0.1, roof - 0.03, -0.85]], 0.06, 8), Surface.ROOF)
    if rng.random() < 0.5:
        mesh.add(
            sheet(
                [x - 0.02, -0.4, -1.25],
                [FAR_SIDE, -0.4, -1.25],
                [FAR_SIDE, car.shelf, -1.25],
                [x - 0.02, car.shelf, -1.25],
            ),
            Surface.REAR,
        )
    mesh.add(
        sheet(
            [0.5, FLOOR, -1.3], [0.5, FLOOR, 1.4], [-1.4, FLOOR, 1.4], [-1.4, FLOOR, -1.3], 14, 10
        ),
        Surface.DOOR_LOWER,
    )
    if rng.random() < 0.6:
        mesh.add(rounded_box(car.mirror, [0.11, 0.033, 0.02], 0.5, 0.5, None, 8), Surface.WHEEL)
        mesh.add(
            tube([[CENTRE, roof - 0.09, 0.43], [CENTRE, roof - 0.01, 0.36]], 0.01), Surface.WHEEL
        )


def _add_roof(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """The pillar behind the driver, the roof and its rail."""
    x, sill, roof, z, half = car.door, car.sill, car.roof, car.pillar, rng.uniform(0.05, 0.09)
    inner = half * 0.7
    mesh.add(
        sheet(
            [x, sill - 0.02, z - half],
            [x, sill - 0.02, z + half],
            [x - 0.10, roof, z - 0.02 + inner],
            [x - 0.10, roof, z - 0.02 - inner],
            4,
            8,
        ),
        Surface.ROOF,
    )
    mesh.add(
        sheet(
            [x - 0.10, roof - 0.04, -1.3],
            [x - 0.10, roof - 0.04, 0.3],
            [x - 0.22, roof, 0.3],
            [x - 0.22, roof, -1.3],
            12,
            2,
        ),
        Surface.ROOF,
    )
    mesh.add(
        sheet(
            [x - 0.22, roof, -1.3],
            [x - 0.22, roof, 0.32],
            [FAR_SIDE + 0.2, roof, 0.32],
            [FAR_SIDE + 0.2, roof, -1.3],
            12,
            12,
        ),
        Surface.ROOF,
    )
