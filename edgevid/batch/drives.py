"""Which drives are meant: files, folders, globs, lists and URLs, each once and in one order."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from edgevid.batch.remote import file_system, is_remote
from edgevid.errors import ConfigError

VIDEO_SUFFIXES = frozenset(
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg",
        ".flv", ".wmv", ".3gp", ".gif", ".h264", ".264", ".hevc", ".h265",
    }
)  # fmt: skip
"""What is taken from a folder; other files are taken where they are named one by one."""
_MAGIC = frozenset("*?[")


def expand(given: Iterable[str]) -> list[str]:
    """Drives in the order of their names.

    Args:
        given: Files, folders (searched deeply for videos), globs, ``@FILE`` with one of these in
            each line, and URLs that fsspec knows.

    Raises:
        ConfigError: If one of them stands for nothing.
        SourceOpenError: If a URL needs what is not installed, or cannot be reached.
    """
    found: dict[str, None] = {}
    for one in given:
        names = list(_expand(one))
        if not names:
            raise ConfigError(
                f"{one}: no video there; give files, folders, globs, @LIST or URLs of videos"
            )
        found |= dict.fromkeys(names)
    if not found:
        raise ConfigError("no drives were given; give files, folders, globs, @LIST or URLs")
    return sorted(found)


def _expand(one: str, *, in_list: bool = False) -> Iterator[str]:
    one = one.removeprefix("file://")
    if one.startswith("@") and not in_list:
        yield from _listed(Path(one[1:]))
    elif is_remote(one):
        yield from _remote(one)
    elif Path(one).is_dir():
        yield from _videos(Path(one))
    elif _MAGIC & set(one) and not Path(one).exists():
        for name in sorted(glob.glob(one, recursive=True)):  # noqa: PTH207
            yield from _videos(Path(name)) if Path(name).is_dir() else [str(Path(name))]
    else:
        # What is not there is told with the other bad files, and does not stop the good ones.
        yield str(Path(one))


def _listed(path: Path) -> Iterator[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"@{path}: the list cannot be read: {error}") from error
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            local = not is_remote(text) and not Path(text).is_absolute()
            # Relative to the list, so that both can be moved together.
            yield from _expand(str(path.parent / text) if local else text, in_list=True)


def _videos(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in VIDEO_SUFFIXES and not path.is_dir():
            yield str(path)


def _remote(url: str) -> Iterator[str]:
    system, path = file_system(url)
    # A listing that is kept from before would not have what is new.
    system.invalidate_cache()
    if _MAGIC & set(path):
        found = system.glob(path, detail=True)
        names = sorted(name for name in found if found[name].get("type") != "directory")
    elif Path(path).suffix.lower() in VIDEO_SUFFIXES:
        # Not asked whether it is a folder: by HTTP that would fetch all of it.
        names = [path]
    elif system.isdir(path):
        names = sorted(n for n in system.find(path) if Path(n).suffix.lower() in VIDEO_SUFFIXES)
    else:
        names = [path]
    # zip://*.mp4::s3://archive.zip: a file system in another one.
    _, chained, rest = url.partition("::")
    yield from (f"{system.unstrip_protocol(name)}{chained}{rest}" for name in names)
