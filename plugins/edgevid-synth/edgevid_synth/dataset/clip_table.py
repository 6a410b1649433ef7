"""The data table of rendered clips: one row per interval in which one label is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgevid_synth.dataset.clips import PHASES, VISIBLE_AREA
from edgevid_synth.dataset.csv_files import LabelledSegment, write_data_table
from edgevid_synth.labels import BACKGROUND, LABELS
from edgevid_synth.parts import PROPS, Part

_SHORTEST_SECONDS = 0.3


def clip_segments(annotations: Path, rate_hz: float) -> list[LabelledSegment]:
    """Segments of one clip, without transitions and frames that hide the action.

    Args:
        annotations: The clip's ``.npz``.
        rate_hz: Frames per second of the video.
    """
    with np.load(annotations, allow_pickle=False) as data:
        labels = np.where(_label_is_visible(data), data["label"], -1)
        driver = f"synthetic-{int(data['seed'])}"
    split = annotations.stem.split("-")[0]
    return [
        LabelledSegment(
            file=annotations.with_suffix(".mp4"),
            start_seconds=round(first / rate_hz, 4),
            end_seconds=round(last / rate_hz, 4),
            label=LABELS[label],
            driver=driver,
            split=split,
        )
        for label, first, last in _runs(labels)
        if label >= 0 and (last - first) / rate_hz >= _SHORTEST_SECONDS
    ]


def _label_is_visible(data: NDArray[np.void]) -> NDArray[np.bool_]:
    """True for frames that show their label: held, and prop or hands not hidden."""
    held = data["phase"] == PHASES.index("hold")
    areas = data["area"].astype(np.float32)
    evidence = areas[:, [*PROPS, Part.LEFT_HAND, Part.RIGHT_HAND]].sum(1) > VISIBLE_AREA
    safe = data["label"] == LABELS.index(BACKGROUND)
    visible: NDArray[np.bool_] = held & (evidence | safe | (data["prop"] == 0))
    return visible


def _runs(values: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    edges = np.flatnonzero(np.diff(values)) + 1
    starts, ends = [0, *edges], [*edges, len(values)]
    for first, last in zip(starts, ends, strict=True):
        yield int(values[first]), int(first), int(last)


def write_clip_table(folder: Path, rate_hz: float) -> int:
    """Write ``table.csv`` of all complete clips; returns the number of rows."""
    segments = [
        segment
        for annotations in sorted((folder / "clips").glob("*.npz"))
        if annotations.with_suffix(".mp4").exists()
        for segment in clip_segments(annotations, rate_hz)
    ]
    write_data_table(folder / "table.csv", segments)
    return len(segments)
