"""Decoded frames of short files on disk: epochs after the first one need no decoding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edgevid.io import atomic_path
from edgevid.types import Image
from edgevid_train.data.decode import frames_at
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import kind_of
from edgevid_train.data.seeking import Reader

MAX_FRAMES = 2_000
"""Most frames of a file that is cached: a whole drive would fill the disk for a few windows."""

Times = npt.NDArray[np.float64]


class FrameCache:
    """Gives what ``frames_at`` gives, from a folder once a file has been decoded."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; it is made if need be, and may be deleted at any time between runs.

        Raises:
            DataError: If it cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder}: cannot be made: {error.strerror or error}") from error
        self._folder = folder
        self._unfit: set[Path] = set()

    def frames_at(
        self, file: Path, times: Times, *, each: Callable[[Image], Image], rule: str
    ) -> Image:
        """The images that are shown at some times, as ``frames_at`` chooses them.

        Args:
            file: A video or a still.
            times: Seconds, (T,), in any order.
            each: Applied to each frame before it is kept.
            rule: Says what ``each`` does: frames of another rule are not mistaken for these.

        Raises:
            DataError: As ``frames_at``; or if the folder cannot be written to.
        """
        if file in self._unfit or kind_of(file) == "still":
            return frames_at(file, times, each=each)
        entry = self._entry(file, rule)
        if not entry.is_file() and not self._fill(entry, file, each):
            self._unfit.add(file)
            return frames_at(file, times, each=each)
        places = np.searchsorted(_shown(_times_of(entry)), times, side="right") - 1
        frames: Image = np.load(entry, mmap_mode="r", allow_pickle=False)[np.maximum(places, 0)]
        return frames

    def _entry(self, file: Path, rule: str) -> Path:
        facts = file.stat()
        words = f"{file.resolve()}|{facts.st_size}|{facts.st_mtime_ns}|{rule}"
        return self._folder / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}.npy"

    def _fill(self, entry: Path, file: Path, each: Callable[[Image], Image]) -> bool:
        """Decode a whole file; False if it is too long, or not whole."""
        try:
            with closing(Reader(file, each)) as reader:
                times, images = reader.everything(MAX_FRAMES)
        except DataError:
            # Windows may still lie where it can be decoded.
            return False
        if not images or any(image.shape != images[0].shape for image in images):
            return False
        try:
            _write(_times_of(entry), times)
            _write(entry, np.stack(images))
        except OSError as error:
            raise DataError(f"{entry.parent}: {error.strerror or error}") from error
        return True


def _times_of(entry: Path) -> Path:
    return entry.with_suffix(".times.npy")


@lru_cache(maxsize=200_000)
def _shown(path: Path) -> Times:
    times: Times = np.load(path, allow_pickle=False)
    return times


def _write(path: Path, content: npt.NDArray[np.generic]) -> None:
    # Several processes may fill the same entry: each writes its own, and the last one stays.
    with atomic_path(path, durable=False) as part, part.open("wb") as file:
        np.save(file, content, allow_pickle=False)
