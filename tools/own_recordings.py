"""Renders a folder per class, as somebody with one car, one camera and a few friends would have.

``own_recordings.py FOLDER`` makes what docs/training.md was tried on. No training saw this car.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from edgevid_synth import Renderer, SceneDescription, write_video

PEOPLE = ("anna", "ben", "cem", "dora")
CLIPS = {
    "safe_driving": 10, "phone_right": 5, "texting_right": 5, "drinking": 5, "smoking": 5,
    "reaching_behind": 5, "operating_radio": 5,
}  # fmt: skip
CAR_SEED = 770_000_001
RATE_HZ = 10
SECONDS = 4


def main(folder: Path) -> None:
    """Render all clips, only what is held of each act."""
    for place, person in enumerate(PEOPLE):
        for label, count in CLIPS.items():
            for number in range(count):
                renderer = Renderer(_scene(label, place, CAR_SEED + 1000 * place + number))
                frames = [renderer.frame(n / RATE_HZ) for n in range(SECONDS * RATE_HZ)]
                held = [f.image for f in frames if f.label == label and f.phase == "hold"]
                if len(held) < RATE_HZ:
                    continue
                (folder / label).mkdir(parents=True, exist_ok=True)
                path = folder / label / f"{person}_{number:02d}.mp4"
                write_video(path, np.stack(held), RATE_HZ)


def _scene(label: Any, person: int, seed: int) -> SceneDescription:
    held = {part: CAR_SEED for part in ("cabin_seed", "camera_seed")}
    worn = {part: CAR_SEED + person for part in ("person_seed", "clothes_seed")}
    how = {"duration_seconds": SECONDS, "size": 160, "supersampling": 1, "mount": "far_pillar"}
    return SceneDescription(seed=seed, label=label, right_hand_drive=False, **held, **worn, **how)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
