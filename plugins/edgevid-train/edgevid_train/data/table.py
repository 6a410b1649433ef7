"""The one table format of every dataset: a CSV file with one segment per line."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from edgevid.io import write_atomic
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import Kind, kind_of, within
from edgevid_train.data.text import read_text

SPLITS = ("train", "val", "test")
COLUMNS = ("file", "start_seconds", "end_seconds", "label", "driver", "split")
_OPTIONAL = ("kind",)
_KINDS = ("video", "still")


@dataclass(frozen=True, slots=True)
class Segment:
    """An interval of a file that shows one behaviour."""

    file: Path
    start_seconds: float
    """From the file's start."""
    end_seconds: float | None
    """Exclusive; None is the end of the file."""
    label: str
    driver: str
    """Driver in the video; empty if not known."""
    split: str
    """``train``, ``val`` or ``test``; empty until ``assign_splits`` gave one."""
    kind: Kind = "video"


def read_table(path: str | os.PathLike[str]) -> list[Segment]:
    """Read a table.

    The header is ``file,start_seconds,end_seconds,label,driver,split``, in any order, and
    optionally ``kind``. Files are relative to the table's folder, or absolute. An empty
    ``end_seconds`` is the end of the file; an empty or missing ``kind`` goes by the file's ending.

    Raises:
        DataError: If it cannot be read or is not valid: the file, line, column, value and what is
            accepted.
    """
    where = Path(path)
    lines = _lines(where)
    _, header = next(lines, (0, []))
    header = [name.strip() for name in header]
    _check_header(where, header)
    segments = [_segment(where, line, header, cells) for line, cells in lines]
    if not segments:
        raise DataError(f"{where}: has no rows; give at least one line below the header")
    return segments


def write_table(path: str | os.PathLike[str], segments: Sequence[Segment]) -> None:
    """Write a table, atomically: a reader sees the old file or the whole new one.

    Args:
        path: Its folder is made if it is missing.
        segments: Files inside the table's folder are written relative to it, others absolute.

    Raises:
        DataError: If a segment is not valid, there are none, or the file cannot be written.
    """
    target = Path(path)
    if not segments:
        raise DataError(f"{target}: there are no segments to write")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, *_OPTIONAL))
    folder = target.parent.resolve()
    for line, segment in enumerate(segments, start=2):
        _check(f"{target}, line {line}", segment)
        writer.writerow(_cells(segment, folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, text.getvalue().encode())
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror or error}") from error


def _lines(where: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(read_text(where), newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}: not a CSV line: {error}") from error


def _check_header(where: Path, header: list[str]) -> None:
    accepted = f"accepted are {','.join(COLUMNS)} and optionally {','.join(_OPTIONAL)}"
    for name in header:
        if name not in (*COLUMNS, *_OPTIONAL):
            raise DataError(f"{where}, line 1: column {name!r} is not known; {accepted}")
        if header.count(name) > 1:
            raise DataError(f"{where}, line 1: column {name!r} is there twice; {accepted}")
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DataError(f"{where}, line 1: column {', '.join(missing)} is missing; {accepted}")


def _segment(where: Path, line: int, header: list[str], cells: list[str]) -> Segment:
    place = f"{where}, line {line}"
    if len(cells) != len(header):
        raise DataError(f"{place}: has {len(cells)} values; accepted are {len(header)}")
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    is_absolute = Path(row["file"]).is_absolute() and row["file"].isprintable()
    column = f"{place}, column file"
    file = Path(row["file"]) if is_absolute else within(where.parent, row["file"], column)
    end = row["end_seconds"]
    segment = Segment(
        file=file,
        start_seconds=_seconds(place, "start_seconds", row["start_seconds"]),
        end_seconds=_seconds(place, "end_seconds", end) if end else None,
        label=row["label"],
        driver=row["driver"],
        split=row["split"],
        kind=cast(Kind, row.get("kind") or kind_of(file)),
    )
    _check(place, segment)
    return segment


def _seconds(place: str, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _refused(place, column, text, "a number of seconds, 0 or more") from None


def _check(place: str, segment: Segment) -> None:
    start, end = segment.start_seconds, segment.end_seconds
    if not (math.isfinite(start) and start >= 0):
        raise _refused(place, "start_seconds", start, "a number of seconds, 0 or more")
    if end is not None and not (math.isfinite(end) and end > start):
        raise _refused(
            place, "end_seconds", end, f"more than start_seconds, {start:g}, or empty for the end"
        )
    if not segment.label.strip():
        raise _refused(place, "label", segment.label, "the name of a class")
    if segment.split not in SPLITS:
        raise _refused(place, "split", segment.split, ", ".join(SPLITS))
    if segment.kind not in _KINDS:
        raise _refused(place, "kind", segment.kind, ", ".join(_KINDS))


def _refused(place: str, column: str, value: object, accepted: str) -> DataError:
    return DataError(f"{place}, column {column}: {value!r} is not accepted; accepted: {accepted}")


def _cells(segment: Segment, folder: Path) -> tuple[str, ...]:
    file = segment.file.resolve()
    shown = file.relative_to(folder) if file.is_relative_to(folder) else file
    end = "" if segment.end_seconds is None else repr(float(segment.end_seconds))
    start = repr(float(segment.start_seconds))
    texts = (segment.label, segment.driver, segment.split, segment.kind)
    return shown.as_posix(), start, end, *texts
