"""Finds which files of A and B are of the same drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgevid.errors import ConfigError
from edgevid.records import EventFile, is_something_else, read_event_file

_SUFFIX = ".jsonl"
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class EventFiles:
    """Both sides of every drive, and what only one side has."""

    pairs: Sequence[tuple[EventFile, EventFile]]
    missing_in_a: Sequence[str] = ()
    missing_in_b: Sequence[str] = ()


def event_files(a: Path, b: Path, *, force: bool = False) -> EventFiles:
    """Read two files, or two folders whose files have the same names.

    Other JSON Lines in folders, such as the timelines of recordings, are passed over.

    Args:
        a: The one.
        b: The other.
        force: Compare even what is of different drives.

    Raises:
        ConfigError: If they cannot be compared.
        EventFileError: If one cannot be read.
    """
    if a.is_dir() != b.is_dir():
        raise ConfigError(f"{a} and {b}: give two files, or two folders")
    if not a.is_dir():
        return EventFiles([_pair(a, b, force)])
    of_a, of_b = _names(a), _names(b)
    both = sorted(of_a & of_b)
    if not both:
        raise ConfigError(
            f"{a} and {b}: no {_SUFFIX} file has the same name in both; the one has "
            f"{_list_names(of_a)}, the other {_list_names(of_b)}"
        )
    return EventFiles(
        [_pair(a / name, b / name, force) for name in both],
        missing_in_a=sorted(of_b - of_a),
        missing_in_b=sorted(of_a - of_b),
    )


def _pair(a: Path, b: Path, force: bool) -> tuple[EventFile, EventFile]:
    pair = read_event_file(a), read_event_file(b)
    drives = [file.session.drive_id for file in pair]
    if drives[0] != drives[1] and not force:
        raise ConfigError(
            f"{a} is of the drive {drives[0]!r} and {b} of {drives[1]!r}; --force compares them "
            f"all the same"
        )
    return pair


def _names(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob(f"*{_SUFFIX}")
        if path.is_file() and not path.name.startswith(".") and not is_something_else(path)
    }


def _list_names(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:_MOST_NAMES])
    return f"{shown}, … ({len(names)})" if len(names) > _MOST_NAMES else shown or "none"
