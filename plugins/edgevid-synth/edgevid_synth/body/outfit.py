"""Clothes, hair and face as signed fields on the body: where one is positive, it is worn.

Thresholded per pixel, fields give crisp edges on a coarse mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.body.shape import HAIR as HAIR_GROUP
from edgevid_synth.body.shape import LEFT_EYE, SKIN, Person, load_body
from edgevid_synth.graphics.linear import unit, vector
from edgevid_synth.graphics.noise import noise_at
from edgevid_synth.graphics.raster import normals

SHIRT, TROUSERS, HAIR, BEARD, LIPS, BROWS, BELT, MASK = range(8)
"""Columns of the fields."""
BALD, SHORT, MIDDLE, LONG = range(4)

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Outfit:
    """Clothes, hair and beard of one person."""

    sleeve: float
    """End of the sleeve: below 0 none, 1 the elbow, 2 the wrist."""
    neckline: float
    neck_slope: float
    neck_width: float
    hem: float
    thickness: float
    """Metres that cloth stands off the body."""
    looseness: float
    """0 tight, 1 a jacket."""
    hair: int
    hair_thickness: float
    hair_line: float
    beard: bool
    beard_thickness: float
    belt: bool
    mask: bool
    seed: float
    """Offset of the noise that makes folds."""


def random_outfit(rng: np.random.Generator, male: bool) -> Outfit:
    """Clothes and hair by chance; hair by what is usual."""
    sleeve = rng.choice(4, p=[0.34, 0.12, 0.48, 0.06])
    lengths = (rng.uniform(0.3, 0.7), rng.uniform(1.2, 1.7), rng.uniform(1.85, 1.98), -0.2)
    loose = float(rng.uniform(0, 1)) if rng.random() < 0.6 else 0.0
    hair = int(rng.choice(4, p=[0.14, 0.7, 0.12, 0.04] if male else [0.04, 0.3, 0.28, 0.38]))
    spans = ((0.0, 0.001), (0.004, 0.022), (0.012, 0.034), (0.014, 0.034))
    return Outfit(
        sleeve=float(lengths[sleeve]),
        neckline=float(rng.uniform(-0.035, 0.05)),
        neck_slope=float(rng.choice([-1.0, 0.0, 0.5])),
        neck_width=float(rng.uniform(0.065, 0.10)),
        hem=float(rng.uniform(-0.05, 0.03)),
        thickness=float(rng.uniform(0.006, 0.022)),
        looseness=loose,
        hair=hair,
        hair_thickness=float(rng.uniform(*spans[hair])),
        hair_line=float(rng.uniform(0, 0.03)),
        beard=bool(male and rng.random() < 0.45),
        beard_thickness=float(rng.uniform(0.001, 0.012)),
        belt=bool(rng.random() < 0.75),
        mask=bool(rng.random() < 0.06),
        seed=float(rng.uniform(0, 50)),
    )


def sleeve_coordinate(person: Person) -> Field:
    """Position of each vertex along the arm: 0 shoulder, 1 elbow, 2 wrist, -1 elsewhere."""
    body, v = load_body(), person.vertices
    found = np.full(len(v), -1.0, np.float32)
    for side in "lr":
        shoulder, elbow, wrist = (
            person.joints[body.bone(f"{name}_{side}")] for name in ("upperarm", "lowerarm", "hand")
        )
        arm = body.weight_of(f"upperarm_{side}", f"lowerarm_{side}", *body.hand_bones(side))
        upper, lower = elbow - shoulder, wrist - elbow
        first = np.clip(((v - shoulder) @ upper) / (upper @ upper), -0.6, 1)
        second = np.clip(((v - elbow) @ lower) / (lower @ lower), 0, 1.6)
        found = np.where(arm > 0.5, np.where(second > 0, 1 + second, first), found)
    return found.astype(np.float32)


def dress(person: Person, outfit: Outfit) -> Field:
    """The fields of every vertex, (V, 8)."""
    body = load_body()
    fields = np.full((len(person.vertices), 8), -1.0, np.float32)
    head = body.weight_of("head")
    arm = sleeve_coordinate(person)
    fields[:, SHIRT] = _shirt(person, outfit, arm, head)
    waist = person.joints[body.bone("pelvis")][1] - 0.03
    legs = body.weight_of("pelvis", "thigh_l", "thigh_r", "calf_l", "calf_r") > 0.3
    fields[:, TROUSERS] = np.where(legs, 0.05 + (waist - person.vertices[:, 1]), -1)
    on_head = (head > 0.5) & (body.vertex_group == SKIN)
    if outfit.hair != BALD:
        fields[:, HAIR] = np.where(on_head, _hair(person, outfit), -1)
    _face(person, outfit, fields, head)
    if outfit.belt:
        fields[:, BELT] = _belt(person, arm)
    return fields


def _shirt(person: Person, outfit: Outfit, arm: Field, head: Field) -> Field:
    x, y, z = person.vertices.T
    body = load_body()
    neck = person.joints[body.bone("neck_01")]
    height = neck[1] + outfit.neckline
    opening = (height - y) + 0.35 * np.maximum(0, z - neck[2]) * outfit.neck_slope
    around = np.hypot(x - neck[0], (z - neck[2]) * 0.9)
    collar = np.where(y < height + 0.045, (around - outfit.neck_width) * 0.8, -1)
    cloth = np.maximum(opening, collar)
    sleeves = np.where(arm > -0.9, (outfit.sleeve - arm) * 0.3, 9.0)
    hem = person.joints[body.bone("pelvis")][1] + outfit.hem - 0.06 * outfit.looseness
    shirt = np.minimum(np.minimum(cloth, sleeves), y - hem)
    return np.where(head > 0.5, -1, shirt)


def _hair(person: Person, outfit: Outfit) -> Field:
    x, y, z = person.vertices.T
    eye = (person.eyes[0][1] + person.eyes[1][1]) / 2
    depth = (z - person.back) / (person.eyes[0][2] - person.back + 1e-6)
    nape = person.mouth[1] - (0.01 if outfit.hair < MIDDLE else 0.05)
    line = np.interp(
        depth,
        [0, 0.42, 0.55, 0.72, 1.0, 1.3],
        [
            nape,
            person.mouth[1] + 0.01,
            eye,
            eye + 0.015,
            eye + 0.045 + outfit.hair_line,
            eye + 0.06,
        ],
    )
    hair = y - line
    if outfit.hair < MIDDLE:
        ear = person.ear
        near = (np.abs(np.abs(x) - ear[0]) < 0.02) & (np.abs(y - ear[1]) < 0.035)
        hair = np.where(near & (np.abs(z - ear[2]) < 0.03), -1, hair)
    field: NDArray[np.float32] = hair.astype(np.float32)
    return field


def _face(person: Person, outfit: Outfit, fields: Field, head: Field) -> None:
    x, y, z = person.vertices.T
    mouth = person.mouth
    front = (head > 0.5) & (z > person.back + 0.5 * (mouth[2] - person.back))
    if outfit.beard:
        beard = mouth[1] + 0.025 - y - 0.25 * np.maximum(0, mouth[2] - z)
        fields[:, BEARD] = np.where(front, beard, -1)
    if outfit.mask:
        mask = np.minimum(mouth[1] + 0.055 - y, 0.075 - np.abs(x)) - 0.3 * np.maximum(
            0, mouth[2] - 0.06 - z
        )
        fields[:, MASK] = np.where(front & (y > mouth[1] - 0.06), mask, -1)
    lips = 0.0065 - np.sqrt((y - mouth[1]) ** 2 + (x * 0.33) ** 2)
    fields[:, LIPS] = np.where(z < mouth[2] - 0.03, -1, lips)
    for eye in person.eyes:
        brow = 0.0045 - np.maximum(np.abs(y - eye[1] - 0.024), np.abs(x - eye[0]) * 0.22)
        near = (z > eye[2] - 0.03) & (head > 0.5)
        fields[:, BROWS] = np.maximum(fields[:, BROWS], np.where(near, brow, -1))


def _belt(person: Person, arm: Field) -> Field:
    body, v = load_body(), person.vertices
    shoulder = (
        person.joints[body.bone("clavicle_l")] * 0.4 + person.joints[body.bone("upperarm_l")] * 0.6
    )
    hip = person.joints[body.bone("pelvis")] + vector(-0.17, 0, 0)
    along = unit((hip - shoulder) * [1, 1, 0])
    across = vector(-along[1], along[0], 0)
    band = 0.024 - np.abs((v - shoulder) @ across)
    in_front = v[:, 2] > person.joints[body.bone("spine_02")][2] - 0.02
    return np.where(in_front & (arm <= 0.12), band, -1).astype(np.float32)


def inflate(person: Person, outfit: Outfit, fields: Field) -> NDArray[np.float32]:
    """Rest vertices with the bulk of cloth and hair, (V, 3)."""
    body, v = load_body(), person.vertices
    surface = body.triangles[body.triangle_group == SKIN]
    out = np.zeros_like(v)
    normals(np.ascontiguousarray(v), surface, out)
    folds, creases = np.zeros(len(v), np.float32), np.zeros(len(v), np.float32)
    noise_at(v * 9 + outfit.seed, folds)
    noise_at(v * np.array([5, 16, 5], np.float32) + outfit.seed, creases)
    bulk = outfit.thickness * (0.5 + folds)
    bulk += outfit.looseness * (0.012 + 0.03 * creases)
    depth = np.clip(fields[:, SHIRT] * 40, 0, 1) * bulk
    bare = fields[:, SHIRT] <= 0
    depth += np.where(bare, np.clip(fields[:, TROUSERS] * 40, 0, 1) * 0.01, 0)
    depth += np.clip(fields[:, HAIR] * 30, 0, 1) * outfit.hair_thickness * (0.6 + 0.8 * folds)
    depth += np.clip(fields[:, BEARD] * 60, 0, 1) * outfit.beard_thickness
    depth += np.clip(fields[:, MASK] * 60, 0, 1) * 0.008
    return (v + out * depth[:, None]).astype(np.float32)


def worn_triangles(
    person: Person, outfit: Outfit, vertices: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return the triangles of the body to draw: long hair only where the driver has it, (T,)."""
    body = load_body()
    hair: NDArray[np.bool_] = body.triangle_group == HAIR_GROUP
    if outfit.hair != LONG:
        return ~hair
    eye = (person.eyes[0][1] + person.eyes[1][1]) / 2
    centre = vertices[body.triangles].mean(1)
    over_face = (centre[:, 2] > person.eyes[0][2] - 0.045) & (centre[:, 1] < eye + 0.05)
    worn: NDArray[np.bool_] = ~(hair & over_face)
    return worn


__all__ = [
    "BALD",
    "LEFT_EYE",
    "LONG",
    "MIDDLE",
    "SHORT",
    "Outfit",
    "dress",
    "inflate",
    "random_outfit",
    "sleeve_coordinate",
    "worn_triangles",
]
