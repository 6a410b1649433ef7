"""Builds a data table from a dataset, and summarises one."""

from __future__ import annotations

import difflib
import inspect
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError, validate_call

from edgevid.config import explain
from edgevid_train.data.adapters import ADAPTERS
from edgevid_train.data.decode import duration_seconds
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import name_list
from edgevid_train.data.splits import FRACTIONS, assign_splits, check_splits, driver_key
from edgevid_train.data.table import Segment, write_table


@dataclass(frozen=True, slots=True)
class TableSummary:
    """Summary of a table."""

    segments: int
    files: int
    stills: int
    hours: float
    """Hours of video; stills count nothing."""
    by_label: dict[str, int]
    """Segments of each class, most frequent first; so for the others."""
    by_split: dict[str, int]
    by_driver: dict[str, int]
    """Counts by driver, or by file where no driver is known."""
    drivers_by_split: dict[str, int]
    """Number of drivers."""


def build_table(
    adapter_name: str,
    root: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    options: Mapping[str, Any] | None = None,
    fractions: Mapping[str, float] = FRACTIONS,
    seed: int = 0,
) -> list[Segment]:
    """Read a dataset with an adapter, split it by drivers and write its table.

    Splits that the dataset brings stay; they are checked for drivers in more than one.

    Args:
        adapter_name: A key of ``ADAPTERS``.
        root: The dataset's folder.
        output: The table; its folder is made if it is missing.
        options: Further arguments of the adapter.
        fractions: Of the drivers in each split.
        seed: Of the split.

    Returns:
        The segments that were written.

    Raises:
        DataError: If the adapter or an option is not known, or anything is wrong with the data.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; give the dataset's folder")
    segments = read_with_adapter(adapter_name, folder, options or {})
    if not segments:
        raise DataError(f"{folder}: {adapter_name} found no segment with a known label")
    has_split = {bool(segment.split) for segment in segments}
    if has_split == {True, False}:
        raise DataError(
            f"{folder}: some segments have a split and some have none; give all or none"
        )
    if has_split == {False}:
        segments = assign_splits(segments, fractions, seed)
    check_splits(segments)
    write_table(output, segments)
    return segments


def check(segments: Sequence[Segment]) -> TableSummary:
    """Check that files exist and splits do not leak, and count.

    Files are opened only for segments that end with their file, to learn how long they are.

    Raises:
        DataError: If a file is missing or not readable, or a driver is in more than one split.
    """
    files = sorted({segment.file for segment in segments})
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise DataError(f"{len(missing)} of {len(files)} files are missing: {name_list(missing)}")
    check_splits(segments)
    videos = [segment for segment in segments if segment.kind == "video"]
    lengths = {s.file: duration_seconds(s.file) for s in videos if s.end_seconds is None}
    seconds = sum(
        max(0.0, (lengths[s.file] if s.end_seconds is None else s.end_seconds) - s.start_seconds)
        for s in videos
    )
    pairs = {(segment.split, driver_key(segment)) for segment in segments}
    return TableSummary(
        segments=len(segments),
        files=len(files),
        stills=len(segments) - len(videos),
        hours=seconds / 3600,
        by_label=_counted([segment.label for segment in segments]),
        by_split=_counted([segment.split for segment in segments]),
        by_driver=_counted([driver_key(segment)[1] for segment in segments]),
        drivers_by_split=_counted([split for split, _ in pairs]),
    )


def read_with_adapter(name: str, root: Path, options: Mapping[str, Any]) -> list[Segment]:
    """Segments of a dataset, as its adapter reads them; splits may be empty.

    Raises:
        DataError: If the adapter or an option is not known, or anything is wrong with the data.
    """
    # Options come from a command line or a file: their types are checked, not trusted.
    checked = validate_call(_adapter(name, options))
    try:
        return checked(root, **options)
    except ValidationError as error:
        problems = "; ".join(explain(item) for item in error.errors())
        raise DataError(f"adapter {name}: option {problems}") from error


def _adapter(name: str, options: Mapping[str, Any]) -> Callable[..., list[Segment]]:
    if name not in ADAPTERS:
        near = difflib.get_close_matches(name, ADAPTERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(f"adapter {name!r} is not known; {hint}known are {', '.join(ADAPTERS)}")
    adapter = ADAPTERS[name]
    accepted = list(inspect.signature(adapter).parameters)[1:]
    unknown = [option for option in options if option not in accepted]
    if unknown:
        raise DataError(
            f"adapter {name}: option {', '.join(unknown)} is not known; accepted are "
            f"{', '.join(accepted)}"
        )
    return adapter


def _counted(names: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))
