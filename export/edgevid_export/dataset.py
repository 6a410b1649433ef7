"""The labelled clips that --int8 and --fp16 need, from whichever distribution reads the dataset.

A distribution offers a reader by an entry point of the group ``edgevid_export.dataset``;
edgevid-train brings the one for data tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgevid import Card, ConfigError

ENTRY_POINT_GROUP = "edgevid_export.dataset"

Progress = Callable[[int, int], None]


class ClipLogits(Protocol):
    """Output of a bundle for one validation clip."""

    @property
    def logits(self) -> npt.NDArray[Any]:
        """Before any temperature, float32, (F, K)."""

    def score(self, temperature: float) -> npt.NDArray[Any]:
        """Scores of the clip, (K,)."""


class Dataset(Protocol):
    """Clips of one dataset: ``train`` calibrates int8, ``val`` decides whether labels hold."""

    @property
    def labels(self) -> Sequence[str]:
        """Label of each validation clip."""

    def calibration_clips(self, most: int) -> Iterable[npt.NDArray[np.uint8]]:
        """Frames of training clips, spread over the dataset.

        Args:
            most: More clips than this are not needed.

        Yields:
            A clip at the card's rate, uint8 BGR, (T, H, W, 3), of any size.
        """

    def score(self, bundle: Path, backend: str, progress: Progress) -> Sequence[ClipLogits]:
        """Stream every validation clip through a bundle.

        Args:
            bundle: In any precision.
            backend: Name of the backend that runs it.
            progress: Called with clips done and clips in all.

        Returns:
            One result per clip, in the order of ``labels``.
        """


def open_dataset(table: Path, card: Card) -> Dataset:
    """Open a dataset by the reader that is installed.

    Args:
        table: The file that describes the dataset.
        card: Of the bundle: its rate and warm-up decide how clips are read.

    Raises:
        ConfigError: If nothing installed reads datasets, or the table has no clips of a split.
    """
    dataset: Dataset = dataset_reader()(table, card)
    return dataset


def dataset_reader() -> Callable[[Path, Card], Dataset]:
    """The installed reader.

    Raises:
        ConfigError: If there is none.
    """
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: each.name):
        reader: Callable[[Path, Card], Dataset] = point.load()
        return reader
    raise ConfigError("--int8 and --fp16 read a dataset: pip install edgevid-train")
