"""Dashboard, cluster, centre stack with its screen, console and gear lever."""

from __future__ import annotations

import numpy as np

from edgevid_synth.cabin.layout import CENTRE, FAR_SIDE, FLOOR, CabinLayout
from edgevid_synth.graphics.meshes import MeshBuilder, rounded_box, sheet, tube
from edgevid_synth.parts import Surface


def add_dashboard(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """Dashboard, cluster, centre stack with its screen, console and gear lever."""
    y, z, stack = car.dash_height, car.dash_depth, car.console_depth
    mesh.add(
        rounded_box([-0.4, y - 0.16, z + 0.27], [0.86, 0.17, 0.26], 0.35, 0.3, None, 14),
        Surface.DASH,
    )
    mesh.add(
        rounded_box([0, y + 0.02, z + 0.07], [0.19, 0.05, 0.1], 0.6, 0.6, None, 8), Surface.DASH
    )
    mesh.add(
        sheet(
            [0.5, y - 0.02, z + 0.4],
            [FAR_SIDE, y - 0.02, z + 0.4],
            [FAR_SIDE, y, z + 0.9],
            [0.5, y, z + 0.9],
        ),
        Surface.DASH,
    )
    mesh.add(
        sheet(
            [0.45, FLOOR, 0.86],
            [FAR_SIDE, FLOOR, 0.86],
            [FAR_SIDE, y - 0.05, 0.9],
            [0.45, y - 0.05, 0.9],
            8,
            4,
        ),
        Surface.DASH,
    )
    mesh.add(
        rounded_box([CENTRE, y - 0.12, stack + 0.12], [0.13, 0.18, 0.13], 0.3, 0.3), Surface.DASH
    )
    _add_controls(mesh, car, rng)


def _add_controls(mesh: MeshBuilder, car: CabinLayout, rng: np.random.Generator) -> None:
    """Screen, knobs, vents, console and gear lever."""
    y, z, stack = car.dash_height, car.dash_depth, car.console_depth
    low, (half, tall) = car.screen_height, car.screen_size
    mesh.add(
        sheet(
            [CENTRE + half, low, stack - 0.018], [CENTRE - half, low, stack - 0.018],
            [CENTRE - half, low + tall, stack - 0.004], [CENTRE + half, low + tall, stack - 0.004],
            2, 2,
        ),
        Surface.SCREEN,
    )  # fmt: skip
    for x in (-0.045, 0.045):
        mesh.add(
            rounded_box(
                [CENTRE + x, low - 0.04, stack - 0.02], [0.017, 0.017, 0.015], 0.8, 0.8, None, 6
            ),
            Surface.METAL,
        )
    for x in (0.2, -0.22, -0.54, -0.95):
        mesh.add(
            rounded_box([x, y - 0.03, z + 0.02], [0.05, 0.025, 0.02], 0.3, 0.3, None, 6),
            Surface.WHEEL,
        )
    console = [rng.uniform(0.06, 0.085), rng.uniform(0.10, 0.19), rng.uniform(0.28, 0.4)]
    mesh.add(rounded_box([CENTRE, -0.17, 0.18], console, 0.3, 0.3), Surface.DASH)
    if rng.random() < 0.8:
        mesh.add(tube([[CENTRE, 0, 0.26], car.gear - [0, 0.02, 0]], 0.012), Surface.METAL)
        mesh.add(rounded_box(car.gear, [0.022, 0.03, 0.022], 0.8, 0.8, None, 6), Surface.WHEEL)
