"""Kinds of media files, and the check that a name stays in its folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

from edgevid.media import is_still
from edgevid_train.data.errors import DataError

Kind = Literal["video", "still"]


def kind_of(path: Path) -> Kind:
    """``still`` for the suffixes of images, else ``video``."""
    return "still" if is_still(path) else "video"


def within(root: Path, name: str, where: str) -> Path:
    """The path of a file that an annotation names.

    Args:
        root: The folder that the name is relative to.
        name: A relative path; a backslash separates folders too.
        where: What names it, for the message.

    Raises:
        DataError: If the name is empty or absolute, leads out of the folder or holds control
            characters.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts or not name.isprintable():
        raise DataError(
            f"{where}: file is {name!r}; accepted is a path relative to {root}, without '..'"
        )
    return root / path


def name_list(names: list[str], most: int = 5) -> str:
    """A list for a message: the first few, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
