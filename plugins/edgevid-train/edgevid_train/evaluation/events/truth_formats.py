"""Finds out what kind of truth a path is, and reads it as segments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgevid.media import VIDEO_SUFFIXES
from edgevid_train.data.adapters.reading import number, read_rows
from edgevid_train.data.build import read_with_adapter
from edgevid_train.data.errors import DataError
from edgevid_train.data.table import COLUMNS, Segment, read_table
from edgevid_train.data.text import read_text

_RENDERED = ".truth.csv"
_COLUMNS = ("start_seconds", "end_seconds", "label")
_SEED = re.compile(r"drive-(\d+)")
_ACCEPTED = (
    "a data table, a CSV of segments, an OpenLABEL or VCD .json, or a folder of such .json files "
    "or of rendered drives (NAME.truth.csv beside NAME.mp4)"
)


def read_segments(path: Path, adapter: str | None, options: Mapping[str, Any]) -> list[Segment]:
    """Segments of every drive that a truth speaks of; the splits may be empty.

    Raises:
        DataError: If it is not one of the formats, or not valid.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder; accepted is {_ACCEPTED}")
    if adapter is None and options:
        adapter = _adapter(path)
    if adapter is not None:
        return _by_adapter(path, adapter, options)
    if path.is_dir():
        return _folder(path)
    if path.name.endswith(_RENDERED):
        return _rendered(path)
    if path.suffix.lower() == ".json":
        return _by_adapter(path, "openlabel", options)
    if set(COLUMNS) <= _header(path):
        return read_table(path)
    return _by_adapter(path, "csv_segments", options)


def _adapter(path: Path) -> str:
    is_json = path.suffix.lower() == ".json" or path.is_dir()
    return "openlabel" if is_json else "csv_segments"


def _by_adapter(path: Path, adapter: str, options: Mapping[str, Any]) -> list[Segment]:
    if path.is_dir() or adapter == "openlabel":
        return read_with_adapter(adapter, path, options)
    return read_with_adapter(adapter, path.parent, {"annotations": path.name, **options})


def _folder(path: Path) -> list[Segment]:
    truths = sorted(p for p in path.iterdir() if p.name.endswith(_RENDERED) and p.name[0] != ".")
    if truths:
        return _rendered_folder(truths)
    if any(path.rglob("*.json")):
        return _by_adapter(path, "openlabel", {})
    raise DataError(f"{path}: no truth is there; accepted is {_ACCEPTED}")


def _rendered_folder(truths: list[Path]) -> list[Segment]:
    # The truth is written first: without its video a drive is still being rendered. Where there
    # is no video at all they lie elsewhere.
    complete = [path for path in truths if _video(path).is_file()]
    return [segment for path in complete or truths for segment in _rendered(path)]


def _rendered(path: Path) -> list[Segment]:
    video = _video(path)
    seed = _SEED.fullmatch(video.stem)
    driver = f"synthetic-{int(seed[1])}" if seed else ""
    return [
        Segment(
            file=video,
            start_seconds=number(place, "start_seconds", row["start_seconds"]),
            end_seconds=number(place, "end_seconds", row["end_seconds"]),
            label=row["label"],
            driver=driver,
            split="",
        )
        for place, row in read_rows(path, _COLUMNS)
    ]


def _video(truth: Path) -> Path:
    stem = truth.name.removesuffix(_RENDERED)
    found = (truth.with_name(stem + suffix) for suffix in sorted(VIDEO_SUFFIXES))
    return next((path for path in found if path.is_file()), truth.with_name(f"{stem}.mp4"))


def _header(path: Path) -> set[str]:
    first = read_text(path).partition("\n")[0]
    return {name.strip() for name in first.split(",")}
