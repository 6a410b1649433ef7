"""The steering wheel: built once, turned as the road asks."""

from __future__ import annotations

import numpy as np

from edgevid_synth.cabin.layout import CabinLayout
from edgevid_synth.graphics.linear import rotation, vector
from edgevid_synth.graphics.meshes import Mesh, MeshBuilder, Solid, ring, rounded_box, tube
from edgevid_synth.parts import Part, Surface


class SteeringWheel:
    """One car's wheel; only its vertices change from frame to frame."""

    def __init__(self, car: CabinLayout) -> None:
        self._car = car
        self._straight = _build(car)

    def at(self, steering: float) -> Mesh:
        """Turned by an angle, radians."""
        centre = self._car.wheel_centre
        turn = rotation(self._car.wheel_normal, -steering)
        mesh = self._straight
        vertices = (mesh.vertices - centre) @ turn.T + centre
        return Mesh(vertices.astype(np.float32), mesh.triangles, mesh.materials, mesh.parts)


def _build(car: CabinLayout) -> Mesh:
    mesh = MeshBuilder()
    normal, centre, across, up = car.wheel_normal, car.wheel_centre, vector(1, 0, 0), car.wheel_up

    def add(solid: Solid) -> None:
        mesh.add(solid, Surface.WHEEL, Part.WHEEL)

    add(ring(centre, across, up, car.wheel_radius, car.rim))
    hub = centre - normal * 0.02
    axes = np.stack([across, up, normal], 1)
    add(rounded_box(hub, [0.075, 0.06, 0.025], 0.6, 0.7, axes, 7))
    low = (-up * 0.85 + across * 0.5, -up * 0.85 - across * 0.5)
    spokes = {2: (across, -across), 3: (across, -across, -up)}.get(
        car.wheel_spokes, (across, -across, *low)
    )
    for spoke in spokes:
        add(tube([hub + spoke * 0.05, centre + spoke * car.wheel_radius], [0.016, 0.013], 6))
    column = [centre - normal * 0.03, centre - normal * 0.25]
    mesh.add(tube(column, 0.04, 8), Surface.DASH)
    return mesh.build()
