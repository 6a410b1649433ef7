"""Single-behaviour clips on disk: a video, what is known of every frame, and a table of segments.

out/clips/train-0000001.mp4    H.264
out/clips/train-0000001.npz    per frame: label, phase, points, area of every part
out/table.csv                  the data table of training
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgevid.io import atomic_path
from edgevid_train.labels import LABELS
from edgevid_train.synth.description import RENDERER_VERSION, SceneDescription
from edgevid_train.synth.parallel import in_parallel
from edgevid_train.synth.parts import PROPS, Part
from edgevid_train.synth.renderer import RenderedFrame, Renderer
from edgevid_train.synth.video import write_video

POINTS = (
    "face",
    "left_hand",
    "right_hand",
    "left_elbow",
    "right_elbow",
    "left_shoulder",
    "right_shoulder",
    "wheel",
)
PHASES = ("approach", "hold", "retract")
FIRST_SEED = {"train": 1_000_000, "val": 1_000_000_000, "test": 2_000_000_000}
"""Seeds of the splits never meet, so neither do drivers."""
VISIBLE_AREA = 0.0004
"""Share of the picture, about five pixels at 112 px, below which a thing counts as hidden."""
_TRIES = 4
_TRY_STRIDE = 100_000_000


@dataclass(frozen=True)
class ClipSettings:
    """How clips are rendered."""

    duration_seconds: float = 2.5
    rate_hz: float = 8.0
    size: int = 144
    supersampling: float = 1.0


def clip_renderer(split: str, number: int, settings: ClipSettings) -> Renderer:
    """The scene of one clip: labels take turns, and what cannot be seen is drawn again."""
    attempt = 0
    while True:
        description = SceneDescription(
            seed=FIRST_SEED[split] + number + attempt * _TRY_STRIDE,
            label=LABELS[number % len(LABELS)],
            duration_seconds=settings.duration_seconds,
            size=settings.size,
            supersampling=settings.supersampling,
        )
        renderer = Renderer(description)
        attempt += 1
        if attempt == _TRIES or is_seen(renderer):
            return renderer


def is_seen(renderer: Renderer) -> bool:
    """Whether prop or acting hand are in the picture for most of the hold."""
    scene = renderer.scene
    times = np.linspace(0, scene.description.duration_seconds, 5)[1:-1]
    seen = []
    for t in times:
        moment = scene.course.at(float(t))
        act = moment.planned.act
        if moment.phase != "hold" or not moment.holds_prop:
            continue
        hand = Part.LEFT_HAND if act.prop_side == "l" else Part.RIGHT_HAND
        parts = renderer.parts(float(t), 64)
        seen.append(np.isin(parts, [*PROPS, hand]).mean() > VISIBLE_AREA)
    return not seen or float(np.mean(seen)) >= 0.5


def frame_facts(frames: list[RenderedFrame]) -> dict[str, Any]:
    """Arrays over T frames: label, phase, points (T, P, 2), areas (T, parts), gaze (T, 3)."""
    return {
        "label": np.array([LABELS.index(f.label) for f in frames], np.int8),
        "phase": np.array([PHASES.index(f.phase) for f in frames], np.int8),
        "points": np.array([[f.points[p] for p in POINTS] for f in frames], np.float16),
        "area": np.array([_areas(f) for f in frames], np.float16),
        "prop": np.array([f.prop or 0 for f in frames], np.int8),
        "prop_centre": np.array([_centre(f) for f in frames], np.float16),
        "gaze": np.array([f.gaze for f in frames], np.float16),
        "variant": np.array([f.variant for f in frames]),
    }


def _areas(frame: RenderedFrame) -> NDArray[np.float64]:
    counts = np.bincount(frame.parts.ravel(), minlength=len(Part))
    return counts / frame.parts.size


def _centre(frame: RenderedFrame) -> tuple[float, float]:
    rows, columns = np.nonzero(np.isin(frame.parts, PROPS))
    if not len(rows):
        return -1.0, -1.0
    side = len(frame.parts)
    return float(columns.mean() + 0.5) / side, float(rows.mean() + 0.5) / side


def write_clip(folder: Path, split: str, number: int, settings: ClipSettings) -> Path:
    """Render one clip unless it is there already; both files appear whole or not at all."""
    stem = folder / "clips" / f"{split}-{number:07d}"
    video, facts = stem.with_suffix(".mp4"), stem.with_suffix(".npz")
    if video.exists() and facts.exists():
        return video
    renderer = clip_renderer(split, number, settings)
    count = round(settings.duration_seconds * settings.rate_hz)
    frames = [renderer.frame(k / settings.rate_hz) for k in range(count)]
    stem.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(facts, durable=False) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            **frame_facts(frames),
            seed=renderer.scene.description.seed,
            renderer=RENDERER_VERSION,
        )
    write_video(video, [f.image for f in frames], settings.rate_hz)
    return video


def write_clips(
    folder: Path,
    split: str,
    numbers: range,
    settings: ClipSettings,
    *,
    workers: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Render clips in parallel; those that are there already are kept.

    Args:
        folder: Where they go.
        split: ``train``, ``val`` or ``test``.
        numbers: Which clips; the same number gives the same clip.
        settings: How they are rendered.
        workers: Processes.
        progress: Called with clips done and clips in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {"renderer": RENDERER_VERSION, "settings": settings.__dict__}
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    render = partial(write_clip, folder, split, settings=settings)
    for done, _ in enumerate(in_parallel(render, numbers, workers=workers), start=1):
        progress(done, len(numbers))
