"""Single-behaviour clips on disk: videos, annotations of every frame, and a data table.

out/clips/train-0000001.mp4    H.264
out/clips/train-0000001.npz    per frame: label, phase, key points, area of every part
out/table.csv                  the data table that training reads
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
from edgevid_synth.dataset.parallel import in_parallel
from edgevid_synth.dataset.video import write_video
from edgevid_synth.description import RENDERER_VERSION, SceneDescription
from edgevid_synth.labels import LABELS
from edgevid_synth.parts import PROPS, Part
from edgevid_synth.renderer import RenderedFrame, Renderer

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
"""First seed of each split; the ranges never overlap, so neither do drivers."""
VISIBLE_AREA = 0.0004
"""Fraction of the image, about five pixels at 112 px, below which a part counts as hidden."""
_TRIES = 4
_TRY_STRIDE = 100_000_000


@dataclass(frozen=True)
class ClipSettings:
    """Render settings of clips."""

    duration_seconds: float = 2.5
    rate_hz: float = 8.0
    size: int = 144
    supersampling: float = 1.0


def clip_renderer(split: str, number: int, settings: ClipSettings) -> Renderer:
    """The renderer of one clip; labels rotate, and a scene that hides its action is redrawn."""
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
        if attempt == _TRIES or shows_action(renderer):
            return renderer


def shows_action(renderer: Renderer) -> bool:
    """True if prop or acting hand are visible for most of the hold."""
    scene = renderer.scene
    times = np.linspace(0, scene.description.duration_seconds, 5)[1:-1]
    is_visible = []
    for t in times:
        motion = scene.schedule.at(float(t))
        action = motion.scheduled.action
        if motion.phase != "hold" or not motion.holds_prop:
            continue
        hand = Part.LEFT_HAND if action.prop_side == "l" else Part.RIGHT_HAND
        segmentation = renderer.segmentation(float(t), 64)
        is_visible.append(np.isin(segmentation, [*PROPS, hand]).mean() > VISIBLE_AREA)
    return not is_visible or float(np.mean(is_visible)) >= 0.5


def frame_annotations(frames: list[RenderedFrame]) -> dict[str, Any]:
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
    counts = np.bincount(frame.segmentation.ravel(), minlength=len(Part))
    return counts / frame.segmentation.size


def _centre(frame: RenderedFrame) -> tuple[float, float]:
    rows, columns = np.nonzero(np.isin(frame.segmentation, PROPS))
    if not len(rows):
        return -1.0, -1.0
    side = len(frame.segmentation)
    return float(columns.mean() + 0.5) / side, float(rows.mean() + 0.5) / side


def write_clip(folder: Path, split: str, number: int, settings: ClipSettings) -> Path:
    """Render one clip unless it exists; each file is written whole or not at all."""
    stem = folder / "clips" / f"{split}-{number:07d}"
    video, annotations = stem.with_suffix(".mp4"), stem.with_suffix(".npz")
    if video.exists() and annotations.exists():
        return video
    renderer = clip_renderer(split, number, settings)
    count = round(settings.duration_seconds * settings.rate_hz)
    frames = [renderer.frame(k / settings.rate_hz) for k in range(count)]
    stem.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(annotations, durable=False) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            **frame_annotations(frames),
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
    """Render clips in parallel; existing ones are kept.

    Args:
        folder: Output folder.
        split: ``train``, ``val`` or ``test``.
        numbers: Clip numbers; the same number gives the same clip.
        settings: Render settings.
        workers: Number of processes.
        progress: Called with (clips done, total).
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {"renderer": RENDERER_VERSION, "settings": settings.__dict__}
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    render = partial(write_clip, folder, split, settings=settings)
    for done, _ in enumerate(in_parallel(render, numbers, workers=workers), start=1):
        progress(done, len(numbers))
