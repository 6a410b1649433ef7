"""Selection of drives: files, folders, globs, lists and URLs, each once and in one order."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from edgevid.errors import ConfigError, SourceOpenError
from edgevid.io import redact
from edgevid_batch.remote import describe_error, file_system, name_in
from edgevid_batch.sources import Sources
from edgevid_batch.urls import has_query, is_remote, url_of, without_query

VIDEO_SUFFIXES = frozenset(
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg",
        ".flv", ".wmv", ".3gp", ".gif", ".h264", ".264", ".hevc", ".h265",
    }
)  # fmt: skip
"""Suffixes searched for in a folder; other files are taken only if named one by one."""
_MAGIC = frozenset("*?[")
_RESULTS = ("cache", "evidence", "work")
"""Folders with videos of ours, or files that are no drives, in a folder of results."""


def expand(
    given: Iterable[str], leave_out: Path | None = None, sources: Sources | None = None
) -> list[str]:
    """Drives in the order of their names, each file once.

    What cannot be looked at, such as a folder that may not be listed, is taken for a drive: so it
    is reported with the other bad ones, and stops none.

    Args:
        given: Files, folders (searched deeply for videos, linked folders too), globs, ``@FILE``
            with one of these in each line, and URLs that fsspec knows.
        leave_out: A folder of results: no search that begins outside of it finds anything there,
            and one that begins at it no copies and no clips of events.
        sources: Recordings of plugins, ``scheme:…``, are taken as they are.

    Raises:
        ConfigError: If one of them means nothing.
        SourceOpenError: If a URL needs what is not installed, or cannot be searched.
    """
    out = None if leave_out is None else _resolved(str(leave_out))
    found: set[str] = set()
    sources = sources or Sources({})
    for one in given:
        names = [_as_file(name, sources) for name in _expand(one, out, sources)]
        if not names:
            shown = redact(one) if is_remote(one) else one
            raise ConfigError(
                f"{shown}: no video there; give files, folders, globs, @LIST or URLs of videos"
            )
        found.update(names)
    if not found:
        raise ConfigError("no drives were given; give files, folders, globs, @LIST or URLs")
    once: dict[str, str] = {}
    for name in sorted(found):
        once.setdefault(name if is_remote(name) else _resolved(name), name)
    return list(once.values())


def _as_file(name: str, sources: Sources) -> str:
    """A file that is there wins over a scheme of the same name: its whole path has none."""
    return str(Path(name).absolute()) if sources.plays(name) and _may_exist(name) else name


def _expand(one: str, out: str | None, sources: Sources, *, in_list: bool = False) -> Iterator[str]:
    one = one.removeprefix("file://")
    if one.startswith("@") and not in_list:
        yield from _listed(Path(one[1:]), out, sources)
    elif sources.plays(one) and not _may_exist(one):
        yield one
    elif is_remote(one):
        yield from _remote(one)
    elif _is_folder(one):
        yield from _videos(one, _left_out(one, out))
    elif _MAGIC & set(one) and not _may_exist(one):
        yield from _globbed(one, _left_out(_glob_root(one), out))
    else:
        # A missing file is reported with the other bad files, and does not stop the good ones.
        yield str(Path(one))


def _listed(path: Path, out: str | None, sources: Sources) -> Iterator[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigError(f"@{path}: the list cannot be read: {error}") from error
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            remote = is_remote(text) or sources.plays(text)
            local = not remote and not Path(text).is_absolute()
            # Relative to the list, so that both can be moved together.
            name = str(path.parent / text) if local else text
            yield from _expand(name, out, sources, in_list=True)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    # A folder that may not be entered, a name that no file can have.
    except (OSError, ValueError):
        return False


def _may_exist(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return True


def _resolved(name: str) -> str:
    try:
        return os.path.realpath(name)
    except ValueError:
        return name


def _is_in(name: str, folders: tuple[str, ...]) -> bool:
    place = Path(_resolved(name))
    return any(place.is_relative_to(folder) for folder in folders)


def _left_out(start: str, out: str | None) -> tuple[str, ...]:
    """Folders that a search skips: none if it begins deeper, where they were named on purpose."""
    if out is None:
        return ()
    if _resolved(start) == out:
        return tuple(str(Path(out, name)) for name in _RESULTS)
    return () if _is_in(start, (out,)) else (out,)


def _videos(folder: str, left_out: tuple[str, ...]) -> Iterator[str]:
    refused: list[OSError] = []
    visited: set[tuple[int, int]] = set()
    for top, folders, files in os.walk(folder, onerror=refused.append, followlinks=True):
        # In the order of whole names: of two ways to one folder, the first is gone.
        folders.sort(key=lambda name: f"{name}/")
        if _is_in(top, left_out) or _was_visited(top, visited):
            folders.clear()
            continue
        for name in files:
            if Path(name).suffix.lower() in VIDEO_SUFFIXES:
                yield str(Path(top, name))
    yield from (
        str(Path(error.filename)) for error in refused if not _is_in(error.filename, left_out)
    )


def _was_visited(folder: str, visited: set[tuple[int, int]]) -> bool:
    """Links lead to a folder more than once, or around in a circle."""
    try:
        found = Path(folder).stat()
    except OSError:
        return False
    key = found.st_dev, found.st_ino
    known = key in visited
    visited.add(key)
    return known


def _globbed(pattern: str, left_out: tuple[str, ...]) -> Iterator[str]:
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        if _is_folder(name):
            yield from _videos(name, left_out)
        elif not _is_in(name, left_out):
            yield str(Path(name))
    parts = Path(pattern).parts
    for number, part in enumerate(parts):
        if number and _MAGIC & set(part):
            for name in glob.iglob(f"{Path(*parts[:number])}/", recursive=True):  # noqa: PTH207
                # glob skips them without a word.
                if _is_closed(name) and not _is_in(name, left_out):
                    yield str(Path(name))


def _is_closed(folder: str) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return True
    return False


def _glob_root(pattern: str) -> str:
    """The folder in which a glob begins."""
    root = Path()
    for part in Path(pattern).parts[:-1]:
        if _MAGIC & set(part):
            break
        root /= part
    return str(root)


def _remote(url: str) -> Iterator[str]:
    name = name_in(url)
    is_pattern = bool(_MAGIC & set(name))
    if not is_pattern and (_is_video(name) or has_query(url)):
        # Not asked whether it is there, or a folder: by HTTP that would fetch all of it.
        yield url
        return
    system, path = file_system(url)
    try:
        # A listing that is kept from before would not have what is new.
        system.invalidate_cache()
        names = _names(system, path, is_pattern=is_pattern)
    # Errors of third-party file systems are not known here.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(url)}: cannot be searched: {describe_error(error)}"
        ) from error
    yield from [url] if names is None else (url_of(url, path, name) for name in names)


def _names(system: Any, path: str, *, is_pattern: bool) -> list[str] | None:
    """Names found by a file system; None if the path is of one file or of nothing."""
    if is_pattern and not system.exists(path):
        pattern = without_query(path) if "://" in path else path
        found = system.glob(pattern, detail=True)
        # A token is for all of them.
        return [
            name + path[len(pattern) :]
            for name in sorted(found)
            if found[name].get("type") != "directory"
        ]
    if not (is_pattern and _is_video(path)) and system.isdir(path):
        return sorted(name for name in system.find(path) if _is_video(name))
    return None


def _is_video(name: str) -> bool:
    plain = without_query(name) if "://" in name else name
    return Path(plain).suffix.lower() in VIDEO_SUFFIXES
