"""Ground truth of each drive, from any of the formats that training reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgevid_train.data.adapters.reading import number, read_rows
from edgevid_train.data.errors import DataError
from edgevid_train.data.table import SPLITS, Segment
from edgevid_train.evaluation.events.truth_formats import read_segments

_ROUNDING_SECONDS = 0.01
_PHASES = ("start_seconds", "end_seconds", "label", "phase")


@dataclass(frozen=True, slots=True)
class TrueSegment:
    """An interval with one label; the background is a label too."""

    start_seconds: float
    end_seconds: float
    label: str
    hold_seconds: float | None = None
    """Onset of the hold phase, when the behaviour has fully begun; None if unknown."""


@dataclass(frozen=True, slots=True)
class TrueDrive:
    """One recording and everything that is known of it."""

    file: Path
    """The video. It need not be there if there is a result of it."""
    driver: str
    """Driver in the video; the file's name if not known."""
    segments: tuple[TrueSegment, ...]
    """In order of their starts."""
    duration_seconds: float | None = None
    """Duration of the video; None if the file is missing."""

    @property
    def name(self) -> str:
        """The file's name without folder and ending, in one form of Unicode."""
        return plain_name(self.file.stem)

    @property
    def end_seconds(self) -> float:
        """End of the truth."""
        return max((segment.end_seconds for segment in self.segments), default=0.0)


def plain_name(name: str) -> str:
    """A name in one form of Unicode: file systems and cameras do not agree on accents."""
    return unicodedata.normalize("NFC", name)


def read_truth(
    path: Path,
    *,
    adapter: str | None = None,
    options: Mapping[str, Any] | None = None,
    split: str | None = None,
) -> list[TrueDrive]:
    """Read the truth of one or many drives.

    Args:
        path: A data table, a CSV file of segments, an OpenLABEL or VCD file, a folder of either
            of the last two, or a folder of rendered drives.
        adapter: How to read it, a name that ``edgevid data build`` takes; found out if None.
        options: Of the adapter.
        split: Only drives of this split; all if None.

    Raises:
        DataError: If it cannot be read, is not valid, or holds no drive.
    """
    if split is not None and split not in SPLITS:
        raise DataError(f"--split {split}: accepted are {', '.join(SPLITS)}, all")
    segments = read_segments(path, adapter, options or {})
    videos = [s for s in segments if s.kind == "video" and split in (None, s.split)]
    if not videos:
        what = f"of split {split}" if split else "of a video"
        raise DataError(f"{path}: holds no segment {what}; give the truth of at least one drive")
    files: dict[Path, list[Segment]] = {}
    for segment in videos:
        files.setdefault(segment.file, []).append(segment)
    return [_drive(file, files[file]) for file in sorted(files)]


def _drive(file: Path, segments: Sequence[Segment]) -> TrueDrive:
    from edgevid_train.data.decode import duration_seconds

    length = duration_seconds(file) if file.is_file() else None
    drivers = sorted({s.driver for s in segments if s.driver})
    if len(drivers) > 1:
        raise DataError(f"{file}: has the drivers {', '.join(drivers)}; a drive has one")
    holds = _holds(file.with_name(f"{file.stem}.phases.csv"))
    found = []
    for segment in sorted(segments, key=lambda s: s.start_seconds):
        end = length if segment.end_seconds is None else segment.end_seconds
        if end is None:
            raise DataError(
                f"{file}: is not there, and a segment ends with it; give the end in seconds"
            )
        if end > segment.start_seconds:
            found.append(_with_hold(segment.start_seconds, end, segment.label, holds))
    driver = drivers[0] if drivers else plain_name(file.stem)
    return TrueDrive(file, driver, tuple(found), length)


def _holds(path: Path) -> list[tuple[float, str]]:
    """(start, label) of every hold phase, if the video has such a sidecar."""
    if not path.is_file():
        return []
    return sorted(
        (number(place, "start_seconds", row["start_seconds"]), row["label"])
        for place, row in read_rows(path, _PHASES)
        if row["phase"] == "hold"
    )


def _with_hold(
    start: float, end: float, label: str, holds: Sequence[tuple[float, str]]
) -> TrueSegment:
    onsets = (
        at
        for at, held in holds
        if held == label and start - _ROUNDING_SECONDS <= at < end + _ROUNDING_SECONDS
    )
    return TrueSegment(start, end, label, next(onsets, None))
