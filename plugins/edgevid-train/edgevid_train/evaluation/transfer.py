"""Scores of any image or video: a test on material unlike the training data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from edgevid import ConfigError, SourceOpenError
from edgevid.interfaces import Grabbed, Source
from edgevid.plugins import load_plugins
from edgevid.strict import StrictModel
from edgevid.types import Image
from edgevid_train.evaluation.clips import LabelledClip, Times, stream_times
from edgevid_train.evaluation.scoring import StreamScorer

STILL_SECONDS = 3.0
"""A still is shown as a clip of this length in which nothing moves."""
LONGEST_SECONDS = 60.0
"""Longest part of a video that is read, seconds."""

_ROUNDING = 1e-6


class ClassTransfer(StrictModel):
    """One class and how probable the model finds it."""

    label: str
    probability: float


class FileScore(StrictModel):
    """Scores of one file."""

    file: str = Field(description="Name without its folder.")
    label: str | None = Field(description="What it shows, if that is known.")
    seconds: float = Field(description="How much was shown to the model.")
    still: bool = Field(description="One frozen image instead of a video.")
    warmed_up: bool = Field(description="Long enough for valid predictions.")
    top: tuple[ClassTransfer, ...] = Field(
        description="Most probable classes, the first one first."
    )

    @property
    def correct(self) -> bool | None:
        """Whether the most probable class is the label; None without a label."""
        return None if self.label is None else self.top[0].label == self.label


@dataclass(frozen=True, slots=True)
class FileClip:
    """An image or video on disk, in its own time, upright."""

    path: Path
    pts_seconds: tuple[float, ...]
    """Times of its frames, from 0."""
    duration_seconds: float

    @property
    def is_still(self) -> bool:
        """Whether there is one image only."""
        return len(self.pts_seconds) == 1

    def frames(self, times: Times) -> Iterator[Image]:
        """Decode the image that is on show at each time.

        Args:
            times: Ascending seconds from 0, (N,).

        Yields:
            N images, uint8 BGR, (H, W, 3); the same array while the same image is on show.

        Raises:
            SourceOpenError: If the file cannot be read any more.
        """
        wanted = np.searchsorted(np.array(self.pts_seconds), times + _ROUNDING, side="right") - 1
        shown: Image | None = None
        place = -1
        with _file_source(self.path) as source:
            source.open()
            for target in np.maximum(wanted, 0):
                while place < target and (grabbed := source.grab()) is not None:
                    place += isinstance(grabbed, Grabbed)
                    if place == target and (image := source.retrieve()) is not None:
                        shown = image
                if shown is None:
                    raise SourceOpenError(f"{self.path}: its first frame could not be decoded")
                yield shown

    def frames_at(self, times: Times) -> Image:
        """The same as one array, uint8 BGR, (N, H, W, 3)."""
        return np.stack(list(self.frames(times)))


def open_file(
    path: str | os.PathLike[str], *, longest_seconds: float = LONGEST_SECONDS
) -> FileClip:
    """Find out the times of a file's frames.

    Args:
        path: An image, a GIF or a video.
        longest_seconds: Frames after this are left out.

    Raises:
        SourceOpenError: If it cannot be read as an image or video.
    """
    stamps: list[float] = []
    with _file_source(path) as source:
        source.open()
        while (grabbed := source.grab()) is not None:
            if not isinstance(grabbed, Grabbed):
                continue
            if stamps and grabbed.pts_seconds - stamps[0] >= longest_seconds:
                break
            stamps.append(grabbed.pts_seconds)
    if not stamps:
        raise SourceOpenError(f"{path}: not a single frame could be decoded")
    times = np.array(stamps) - stamps[0]
    if len(times) == 1:
        return FileClip(Path(path), (0.0,), STILL_SECONDS)
    duration = float(times[-1] + np.median(np.diff(times)))
    return FileClip(Path(path), tuple(map(float, times)), duration)


def _file_source(path: str | os.PathLike[str]) -> Source:
    source = load_plugins(discover=False).sources["file"]
    return source(source.Options(), str(path))


def clip_from_file(
    path: str | os.PathLike[str], label: str, *, driver: str = "unknown"
) -> LabelledClip:
    """Make a file a labelled clip for ``evaluate``; a video of 4K and a minute takes memory.

    Raises:
        SourceOpenError: If it cannot be read as an image or video.
    """
    file = open_file(path)
    return LabelledClip(str(path), label, driver, file.frames_at, file.duration_seconds)


def score_file(
    scorer: StreamScorer, path: str | os.PathLike[str], *, label: str | None = None, top: int = 3
) -> FileScore:
    """Show a file to a model, a still for 3 seconds and a video in its own time.

    Args:
        scorer: The opened model; its card's temperature applies.
        path: An image, a GIF or a video.
        label: What it shows, if that is known: one of the model's classes.
        top: How many classes to give.

    Raises:
        ConfigError: If the model does not know the label or ``top`` is below 1.
        SourceOpenError: If the file cannot be read as an image or video.
    """
    names = scorer.card.class_names
    if label is not None and label not in names:
        raise ConfigError(f"{path}: label {label!r} is not one of {', '.join(names)}")
    if top < 1:
        raise ConfigError(f"top is {top}; give at least 1")
    file = open_file(path)
    times = stream_times(file.duration_seconds, scorer.card.input_rate_hz)
    pictures = ([image] for image in file.frames(times))
    [scores] = scorer.score_streams(str(path), times, pictures)
    probabilities = scores.score(scorer.card.temperature)
    best = np.argsort(-probabilities, kind="stable")[:top]
    return FileScore(
        file=file.path.name,
        label=label,
        seconds=round(file.duration_seconds, 3),
        still=file.is_still,
        warmed_up=bool(scores.valid.any()),
        top=tuple(ClassTransfer(label=names[i], probability=float(probabilities[i])) for i in best),
    )


def score_files(
    scorer: StreamScorer,
    files: Sequence[tuple[str | os.PathLike[str], str | None]],
    *,
    top: int = 3,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[FileScore]:
    """Score several files, each (path, label or None); ``progress`` gets (done, total)."""
    found = []
    for path, label in files:
        found.append(score_file(scorer, path, label=label, top=top))
        progress(len(found), len(files))
    return found
