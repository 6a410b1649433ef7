"""Targets of file sinks, checked when the sink opens, so that a run fails before it starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgevid.errors import SinkError
from edgevid.io.atomic import write_atomic


@contextmanager
def writing(sink: str, path: Path) -> Iterator[None]:
    """Turn an ``OSError``, such as a full disk, into a ``SinkError`` that names the path."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SinkError(f"sink {sink}: cannot write {path}: {reason}") from error


def write_target(sink: str, path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        SinkError: If it cannot be written.
    """
    with writing(sink, path):
        write_atomic(path, content)


def file_target(sink: str, target: str | None, example: str) -> Path:
    """Path of the file that a sink writes; its folder is created.

    Raises:
        SinkError: No target, a directory, or a folder that cannot be created.
    """
    if not target:
        raise SinkError(f"sink {sink} needs a file to write, for example {sink}:{example}")
    path = Path(target).expanduser()
    if "\0" in target:
        raise SinkError(f"sink {sink}: {target!r} is not a file name")
    if path.is_dir() or target.endswith("/"):
        raise SinkError(
            f"sink {sink}: {target} is a directory; name a file in it, for example "
            f"{sink}:{path / example}"
        )
    with writing(sink, path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def directory_target(sink: str, target: str | None) -> Path:
    """Path of the directory that a sink writes into; it is created.

    Raises:
        SinkError: No target, a file, or a directory that cannot be created or written.
    """
    if not target:
        raise SinkError(f"sink {sink} needs a directory, for example {sink}:out/{sink}")
    if "\0" in target:
        raise SinkError(f"sink {sink}: {target!r} is not a directory name")
    path = Path(target).expanduser()
    if path.exists() and not path.is_dir():
        raise SinkError(f"sink {sink}: {target} is a file; name a directory")
    with writing(sink, path):
        path.mkdir(parents=True, exist_ok=True)
        # Permission bits are not enough (read-only mounts, root): try to write.
        with tempfile.TemporaryFile(dir=path):
            pass
    return path
