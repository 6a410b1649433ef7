"""The driver's door with its arm-rest, and the far door."""

from __future__ import annotations

from edgevid_synth.cabin.layout import FAR_SIDE, FLOOR, CabinLayout
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, sheet
from edgevid_synth.parts import Surface

REAR, FRONT = -1.1, 0.75
"""z of the ends of the front door."""


def add_door(mesh: MeshBuilder, car: CabinLayout) -> None:
    """The driver's door, its arm-rest, and the far door."""
    x, sill = car.door, car.sill
    mesh.add(
        sheet(
            [x, -0.4, REAR],
            [x, -0.4, FRONT],
            [x - 0.02, sill - 0.12, FRONT],
            [x - 0.02, sill - 0.12, REAR],
            12,
            6,
        ),
        Surface.DOOR_LOWER,
    )
    mesh.add(
        sheet(
            [x - 0.02, sill - 0.12, REAR],
            [x - 0.02, sill - 0.12, FRONT],
            [x, sill, FRONT],
            [x, sill, REAR],
            12,
            3,
        ),
        Surface.DOOR,
    )
    mesh.add(
        sheet(
            [x, sill, REAR],
            [x, sill, FRONT],
            [x + 0.1, sill - 0.01, FRONT],
            [x + 0.1, sill - 0.01, REAR],
            12,
            2,
        ),
        Surface.DOOR,
    )
    mesh.add(
        rounded_box([x - 0.03, sill - 0.17, 0.1], [0.045, 0.03, 0.28], 0.5, 0.4, None, 8),
        Surface.DOOR,
    )
    mesh.add(
        rounded_box([x - 0.03, sill - 0.07, 0.30], [0.012, 0.015, 0.06], 0.7, 0.7, None, 6),
        Surface.METAL,
    )
    mesh.add(
        sheet(
            [FAR_SIDE, FLOOR, -1.3],
            [FAR_SIDE, FLOOR, 1.0],
            [FAR_SIDE + 0.02, sill, 1.0],
            [FAR_SIDE + 0.02, sill, -1.3],
            10,
            4,
        ),
        Surface.DOOR_LOWER,
    )
