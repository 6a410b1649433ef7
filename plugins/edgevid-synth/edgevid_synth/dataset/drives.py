"""Long drives on disk: a video and its ground truth.

out/drive-0000001.mp4            H.264
out/drive-0000001.truth.csv      start_seconds,end_seconds,label of every behaviour
out/drive-0000001.phases.csv     the same with approach, hold and retract apart
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from edgevid.types import Image
from edgevid_synth.dataset.csv_files import write_csv
from edgevid_synth.dataset.video import write_video
from edgevid_synth.description import SceneDescription
from edgevid_synth.labels import BACKGROUND
from edgevid_synth.renderer import Renderer
from edgevid_synth.scene import Scene

_COLUMNS = ("start_seconds", "end_seconds", "label")


def drive_segments(scene: Scene) -> list[tuple[float, float, str]]:
    """(start, end, label) of every action of a drive, seconds; safe driving too."""
    until = scene.description.duration_seconds
    return [
        (max(0.0, a.start), min(until, a.end), scene.label(a.action.label))
        for a in scene.schedule.actions
        if a.start < until and a.end > 0
    ]


def drive_phases(scene: Scene) -> list[tuple[float, float, str, str]]:
    """(start, end, label, phase) of every phase, seconds; separates transitions from holds."""
    until, rows = scene.description.duration_seconds, []
    for a in scene.schedule.actions:
        label = scene.label(a.action.label)
        if a.action.label == BACKGROUND:
            parts = [(a.start, a.end, "hold")]
        else:
            held, left = a.start + a.approach, a.end - a.retract
            parts = [(a.start, held, "approach"), (held, left, "hold"), (left, a.end, "retract")]
        rows += [
            (max(0.0, start), min(until, end), label, phase)
            for start, end, phase in parts
            if start < until and end > 0
        ]
    return rows


def write_drive(
    folder: Path,
    description: SceneDescription,
    rate_hz: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    crf: int = 20,
) -> Path:
    """Render one drive unless it exists.

    Args:
        folder: Output folder.
        description: Without ``label``, which would make it a clip.
        rate_hz: Frames per second.
        progress: Called with (frames done, total).
        crf: H.264 quality; lower is better.
    """
    path = folder / f"drive-{description.seed:07d}.mp4"
    renderer = Renderer(description)
    truth = path.with_name(f"{path.stem}.truth.csv")
    if path.exists() and truth.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    total = max(1, round(description.duration_seconds * rate_hz))

    def frames() -> Iterator[Image]:
        for number in range(total):
            yield renderer.frame(number / rate_hz).image
            progress(number + 1, total)

    segments, phases = drive_segments(renderer.scene), drive_phases(renderer.scene)
    write_csv(truth, _COLUMNS, (_cells(*segment) for segment in segments))
    write_csv(
        path.with_name(f"{path.stem}.phases.csv"),
        (*_COLUMNS, "phase"),
        (_cells(*phase) for phase in phases),
    )
    write_video(path, frames(), rate_hz, crf=crf)
    return path


def _cells(start: float, end: float, *names: str) -> tuple[str, ...]:
    return f"{start:.3f}", f"{end:.3f}", *names
