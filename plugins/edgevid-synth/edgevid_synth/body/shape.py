"""Rest shapes: one adult of the packed body, as vertices, joints and landmarks."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.graphics.linear import Vector

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
SKIN, HAIR, LEFT_EYE, RIGHT_EYE = range(4)
"""Groups of vertices and of triangles."""


@dataclass(frozen=True)
class Body:
    """The packed body model, shared by all adults."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    adults: NDArray[np.float32]
    male: NDArray[np.float32]
    triangles: NDArray[np.int32]
    triangle_group: NDArray[np.uint8]
    vertex_group: NDArray[np.uint8]
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    skin_index: NDArray[np.int32]
    skin_weight: NDArray[np.float32]

    @property
    def num_vertices(self) -> int:
        """Vertices of the surface; joints and the mouth follow them in ``mean``."""
        return len(self.vertex_group)

    def bone(self, name: str) -> int:
        """Index of a bone."""
        return self.bones.index(name)

    @functools.cached_property
    def bone_weights(self) -> NDArray[np.float32]:
        """Dense skinning weights, (V, bones)."""
        dense = np.zeros((self.num_vertices, len(self.bones)), np.float32)
        rows = np.arange(self.num_vertices)
        for k in range(4):
            np.add.at(dense, (rows, self.skin_index[:, k]), self.skin_weight[:, k])
        return dense

    def weight_of(self, *names: str) -> NDArray[np.float32]:
        """Summed skinning weight of some bones, (V,)."""
        columns = [self.bone(name) for name in names]
        summed: NDArray[np.float32] = self.bone_weights[:, columns].sum(1)
        return summed

    def hand_bones(self, side: str) -> list[str]:
        """The hand and its fingers; ``side`` is ``l`` or ``r``."""
        fingers = [f"{name}_0{k}_{side}" for name in FINGERS for k in (1, 2, 3)]
        return [f"hand_{side}", *fingers]


@functools.cache
def load_body() -> Body:
    """The packed body (see NOTICE), read once per process."""
    file: Any = resources.files("edgevid_synth.body") / "body.npz"
    with resources.as_file(file) as path, np.load(path, allow_pickle=False) as data:
        weight = data["skin_weight"].astype(np.float32)
        return Body(
            mean=data["mean"].astype(np.float32),
            basis=data["basis"].astype(np.float32),
            adults=data["adults"].astype(np.float32),
            male=data["male"].astype(np.float32),
            triangles=data["triangles"].astype(np.int32),
            triangle_group=data["triangle_group"],
            vertex_group=data["vertex_group"],
            bones=tuple(str(name) for name in data["bones"]),
            parents=tuple(int(p) for p in data["parents"]),
            skin_index=data["skin_index"].astype(np.int32),
            skin_weight=weight / weight.sum(1, keepdims=True),
        )


@dataclass(frozen=True)
class Person:
    """One adult at rest, standing with arms out; metres."""

    vertices: NDArray[np.float32]
    joints: NDArray[np.float64]
    """Head of each bone, (bones, 3)."""
    male: bool
    top: float
    """Height of the crown."""
    ear: Vector
    """(half the distance between the ears, height, depth)."""
    eyes: tuple[Vector, Vector]
    """Left, right."""
    mouth: Vector
    back: float
    """Depth of the back of the head."""


def random_person(rng: np.random.Generator) -> Person:
    """An adult between two random ones of the same sex."""
    body = load_body()
    male = bool(rng.random() < 0.5)
    group = np.flatnonzero((body.male > 0.5) == male)
    first, second = (body.adults[rng.choice(group)] for _ in range(2))
    share = rng.uniform(0, 0.5)
    return shaped(first * (1 - share) + second * share, male)


def shaped(coefficients: NDArray[np.float32], male: bool) -> Person:
    """The adult with these coefficients, (components,)."""
    body = load_body()
    points = body.mean + np.tensordot(coefficients.astype(np.float32), body.basis, 1)
    vertices, joints = points[: body.num_vertices], points[body.num_vertices : -1]
    head = (body.weight_of("head") > 0.9) & (body.vertex_group == SKIN)
    skull = vertices[head]
    sides = skull[np.argsort(-np.abs(skull[:, 0]))[:40]]
    lips = points[-1]
    front = skull[np.abs(skull[:, 1] - lips[1]) < 0.008]
    left, right = (
        vertices[body.vertex_group == eye].mean(0).astype(np.float64)
        for eye in (LEFT_EYE, RIGHT_EYE)
    )
    return Person(
        vertices=vertices,
        joints=joints.astype(np.float64),
        male=male,
        top=float(skull[:, 1].max()),
        ear=np.array([np.abs(sides[:, 0]).mean(), sides[:, 1].mean(), sides[:, 2].mean()], float),
        eyes=(left, right),
        mouth=np.array([0.0, lips[1], front[:, 2].max()], float),
        back=float(skull[:, 2].min()),
    )
