"""Long drives on disk: a video and the truth about it.

out/drive-0000001.mp4            H.264
out/drive-0000001.truth.csv      start_seconds,end_seconds,label of every behaviour
out/drive-0000001.phases.csv     the same with approach, hold and retract apart
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from edgevid.io import write_atomic
from edgevid.types import Image
from edgevid_train.labels import BACKGROUND
from edgevid_train.synth.description import SceneDescription
from edgevid_train.synth.renderer import Renderer
from edgevid_train.synth.scene import Scene
from edgevid_train.synth.video import write_video


def drive_segments(scene: Scene) -> list[tuple[float, float, str]]:
    """(start, end, label) of every act of a drive, seconds; safe driving too."""
    until = scene.description.duration_seconds
    return [
        (max(0.0, a.start), min(until, a.end), scene.label(a.act.label))
        for a in scene.course.acts
        if a.start < until and a.end > 0
    ]


def drive_phases(scene: Scene) -> list[tuple[float, float, str, str]]:
    """(start, end, label, phase), seconds: what a transition is and what is not."""
    until, rows = scene.description.duration_seconds, []
    for a in scene.course.acts:
        label = scene.label(a.act.label)
        if a.act.label == BACKGROUND:
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
    """Render one drive unless it is there already.

    Args:
        folder: Where it goes.
        description: With no ``label``, else it would be a clip.
        rate_hz: Frames per second.
        progress: Called with frames done and frames in all.
        crf: Quality of the video; lower is better.
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

    _write_rows(truth, ("start_seconds", "end_seconds", "label"), drive_segments(renderer.scene))
    _write_rows(
        path.with_name(f"{path.stem}.phases.csv"),
        ("start_seconds", "end_seconds", "label", "phase"),
        drive_phases(renderer.scene),
    )
    write_video(path, frames(), rate_hz, crf=crf)
    return path


def _write_rows(path: Path, header: tuple[str, ...], rows: list[tuple[float | str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{v:.3f}" if isinstance(v, float) else v for v in row] for row in rows)
    write_atomic(path, text.getvalue().encode(), durable=False)
