"""A dressed person as a mesh that can be posed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.body import outfit as clothes
from edgevid_synth.body.shape import HAIR, SKIN, Person, load_body
from edgevid_synth.body.skeleton import Pose, Skeleton
from edgevid_synth.graphics.linear import vector
from edgevid_synth.graphics.raster import skin
from edgevid_synth.parts import Part, Surface


@dataclass(frozen=True)
class Figure:
    """Everything of a person that does not move."""

    person: Person
    outfit: clothes.Outfit
    skeleton: Skeleton
    rest: NDArray[np.float32]
    """(V, 3), metres."""
    fields: NDArray[np.float32]
    """(V, 8), see ``outfit``."""
    triangles: NDArray[np.int32]
    surfaces: NDArray[np.int32]
    parts: NDArray[np.uint8]
    skin_index: NDArray[np.int32]
    skin_weight: NDArray[np.float32]

    def posed(self, pose: Pose) -> NDArray[np.float32]:
        """Vertices in a pose, (V, 3)."""
        out = np.empty_like(self.rest)
        skin(
            self.rest,
            self.skeleton.joints.astype(np.float32),
            pose.turns.astype(np.float32),
            pose.places.astype(np.float32),
            self.skin_index,
            self.skin_weight,
            out,
        )
        return out


def make_figure(person: Person, outfit: clothes.Outfit) -> Figure:
    """Dress a person."""
    body = load_body()
    fields = clothes.dress(person, outfit)
    vertices = clothes.inflate(person, outfit, fields)
    hair = body.vertex_group == HAIR
    if outfit.hair == clothes.LONG:
        joint = person.joints[body.bone("head")].astype(np.float32)
        vertices[hair] = (vertices[hair] - joint) * 0.93 + joint
    kept = clothes.worn_triangles(person, outfit, vertices)
    used, inverse = np.unique(body.triangles[kept], return_inverse=True)
    triangles = inverse.reshape(-1, 3).astype(np.int32)
    group = body.triangle_group[kept]
    return Figure(
        person=person,
        outfit=outfit,
        skeleton=Skeleton(person),
        rest=np.ascontiguousarray(vertices[used]),
        fields=np.ascontiguousarray(fields[used]),
        triangles=triangles,
        surfaces=_surfaces(vertices[used], triangles, group),
        parts=_parts(used)[triangles].max(1).astype(np.uint8),
        skin_index=body.skin_index[used],
        skin_weight=body.skin_weight[used],
    )


def _surfaces(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], group: NDArray[np.uint8]
) -> NDArray[np.int32]:
    surfaces = np.where(group == SKIN, Surface.SKIN, Surface.HAIR).astype(np.int32)
    eyes = np.flatnonzero(group > HAIR)
    depth = vertices[triangles[eyes]].mean(1)[:, 2]
    surfaces[eyes] = np.where(depth > depth.max() - 0.0035, Surface.IRIS, Surface.EYE)
    return surfaces


def _parts(used: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    body = load_body()
    parts = np.full(body.num_vertices, Part.BODY, np.uint8)
    parts[(body.weight_of("head") > 0.5) | (body.vertex_group != SKIN)] = Part.HEAD
    for side, part in (("l", Part.LEFT_HAND), ("r", Part.RIGHT_HAND)):
        parts[body.weight_of(*body.hand_bones(side)) > 0.5] = part
    chosen: NDArray[np.uint8] = parts[used]
    return chosen


FEET = {"l": vector(0.13, -0.42, 0.62), "r": vector(-0.10, -0.42, 0.66)}
"""Position of the feet relative to the pelvis."""
