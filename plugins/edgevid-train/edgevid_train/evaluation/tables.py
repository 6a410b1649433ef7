"""Evaluation clips from a data table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgevid.types import Image
from edgevid_train.data.decode import duration_seconds, frames_at
from edgevid_train.data.errors import DataError
from edgevid_train.data.table import Segment
from edgevid_train.evaluation.clips import LabelledClip, Times

STILL_SECONDS = 3.0
SHORTEST_SECONDS = 0.5
"""A shorter segment is too little to judge."""


def clips_from_segments(
    segments: Sequence[Segment], *, context_seconds: float
) -> list[LabelledClip]:
    """One clip per segment: its label counts while the segment lasts.

    Args:
        segments: Of one split.
        context_seconds: What came before a segment is shown too, up to this long, so that the
            model's memory is full; it does not count.

    Raises:
        DataError: If a file cannot be read, or no segment is long enough.
    """
    lengths: dict[Path, float] = {}
    clips = []
    for segment in segments:
        if segment.kind == "still":
            clips.append(_clip(segment, 0.0, STILL_SECONDS, None))
            continue
        if segment.file not in lengths:
            lengths[segment.file] = duration_seconds(segment.file)
        end = lengths[segment.file]
        if segment.end_seconds is not None:
            end = min(end, segment.end_seconds)
        if end - segment.start_seconds < SHORTEST_SECONDS:
            continue
        first = max(0.0, segment.start_seconds - context_seconds)
        clips.append(_clip(segment, first, end, (segment.start_seconds - first, end - first)))
    if not clips:
        raise DataError(f"no segment is as long as {SHORTEST_SECONDS:g} s; give longer ones")
    return clips


def _clip(
    segment: Segment, first: float, end: float, hold: tuple[float, float] | None
) -> LabelledClip:
    def frames(times: Times) -> Image:
        rgb = frames_at(segment.file, times + first)
        return np.ascontiguousarray(rgb[..., ::-1])

    return LabelledClip(
        name=f"{segment.file.name} at {segment.start_seconds:g} s",
        label=segment.label,
        driver=segment.driver or segment.file.stem,
        frames_at=frames,
        duration_seconds=end - first,
        hold=hold,
    )
