"""CSV files, whole or not at all, and the data table: one segment a line, as training reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid import ConfigError
from edgevid.io import write_atomic

_COLUMNS = ("file", "start_seconds", "end_seconds", "label", "driver", "split", "kind")


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """A span of a video in which one behaviour is shown."""

    file: Path
    """Inside the folder of the table."""
    start_seconds: float
    end_seconds: float
    """Exclusive."""
    label: str
    driver: str
    split: str
    """``train``, ``val`` or ``test``."""


def write_data_table(path: Path, segments: Sequence[LabelledSegment]) -> None:
    """Write the data table of a folder; paths in it are relative to the folder.

    Raises:
        ConfigError: If there are no segments.
    """
    if not segments:
        raise ConfigError(f"{path}: no clip holds a behaviour long enough; render more")
    rows = (
        (
            segment.file.relative_to(path.parent).as_posix(),
            repr(float(segment.start_seconds)),
            repr(float(segment.end_seconds)),
            segment.label,
            segment.driver,
            segment.split,
            "video",
        )
        for segment in segments
    )
    write_csv(path, _COLUMNS, rows)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file in UTF-8; a reader sees the old file or the whole new one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode(), durable=False)
