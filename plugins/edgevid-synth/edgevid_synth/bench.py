"""Speed of the renderer, in processor time on one core."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from edgevid_synth.description import SceneDescription
from edgevid_synth.labels import LABELS
from edgevid_synth.renderer import Renderer

CASES = ((112, 1.0), (144, 1.0), (128, 1.5), (160, 2.0), (224, 1.0), (224, 2.0))
_SCENES = 11


@dataclass(frozen=True)
class RenderSpeed:
    """Medians over scenes of all behaviours and lights."""

    size: int
    supersampling: float
    frame_ms: float
    scene_ms: float
    """To build a scene, once per clip or drive."""


def measure(frames: int) -> Iterator[RenderSpeed]:
    """Render some frames of several scenes at each size; the first compiles and is not counted."""
    Renderer(SceneDescription(seed=0, label=LABELS[0])).frame(0.0)
    for size, supersampling in CASES:
        per_frame, per_scene = [], []
        for number, label in enumerate(LABELS[:_SCENES]):
            began = time.process_time()
            renderer = Renderer(
                SceneDescription(seed=number, label=label, size=size, supersampling=supersampling)
            )
            renderer.frame(0.0)
            built = time.process_time()
            count = max(1, frames // _SCENES)
            for k in range(count):
                renderer.frame(0.1 + k / 10)
            per_frame.append((time.process_time() - built) / count * 1e3)
            per_scene.append((built - began) * 1e3)
        yield RenderSpeed(
            size, supersampling, statistics.median(per_frame), statistics.median(per_scene)
        )
