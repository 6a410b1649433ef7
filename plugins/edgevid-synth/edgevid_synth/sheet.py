"""Contact sheets: one image from each of many scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from edgevid import ConfigError
from edgevid.types import Image
from edgevid_synth.description import SceneDescription
from edgevid_synth.labels import LABELS
from edgevid_synth.renderer import Renderer

_FORMATS = (".png", ".jpg", ".jpeg")


def contact_sheet(
    path: Path,
    seed: int,
    count: int,
    columns: int,
    size: int,
    supersampling: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """One image of each of ``count`` scenes, labels in turn.

    Raises:
        ConfigError: If the file cannot be written.
    """
    if path.suffix.lower() not in _FORMATS:
        raise ConfigError(f"{path}: a sheet ends in one of {', '.join(_FORMATS)}")
    pictures = []
    for number in range(count):
        description = SceneDescription(
            seed=seed + number,
            label=LABELS[number % len(LABELS)],
            size=size,
            supersampling=supersampling,
        )
        pictures.append(_named(Renderer(description)))
        progress(number + 1, count)
    rows = -(-count // columns)
    blank = np.zeros_like(pictures[0])
    pictures += [blank] * (rows * columns - count)
    lines = [np.hstack(pictures[r * columns : (r + 1) * columns]) for r in range(rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), np.vstack(lines)):
        raise ConfigError(f"{path}: cannot be written")


def _named(renderer: Renderer) -> Image:
    times = np.linspace(0, renderer.scene.description.duration_seconds, 9)
    held = [t for t in times if _shows(renderer, float(t))]
    frame = renderer.frame(float(held[len(held) // 2] if held else times[4]))
    image: Image = frame.image.copy()
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, frame.label, (3, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.33, colour, thickness)
    return image


def _shows(renderer: Renderer, t: float) -> bool:
    motion = renderer.scene.schedule.at(t)
    wanted = renderer.scene.description.label
    return motion.phase == "hold" and renderer.scene.label(motion.label) == wanted
