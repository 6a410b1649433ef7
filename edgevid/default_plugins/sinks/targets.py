"""Where file sinks write: checked when they open, so that a run fails before it starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from edgevid.errors import SinkError


@contextmanager
def writing(sink: str, path: Path) -> Iterator[None]:
    """Turn an ``OSError``, such as a full disk, into a ``SinkError`` that names the path."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SinkError(f"sink {sink}: cannot write {path}: {reason}") from error


def write_whole(sink: str, path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        SinkError: If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    with writing(sink, path):
        try:
            partial.write_bytes(content)
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise


def file_target(sink: str, target: str | None, example: str) -> Path:
    """The file a sink shall write; its folder is created.

    Raises:
        SinkError: No target, a directory, or a folder that cannot be created.
    """
    if not target:
        raise SinkError(f"sink {sink} needs a file to write, for example {sink}:{example}")
    path = Path(target).expanduser()
    if "\0" in target:
        raise SinkError(f"sink {sink}: {target!r} is no file name")
    if path.is_dir() or target.endswith("/"):
        raise SinkError(
            f"sink {sink}: {target} is a directory; name a file in it, for example "
            f"{sink}:{path / example}"
        )
    with writing(sink, path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def directory_target(sink: str, target: str | None) -> Path:
    """The directory a sink shall write into; it is created.

    Raises:
        SinkError: No target, a file, or a directory that cannot be created or written.
    """
    if not target:
        raise SinkError(f"sink {sink} needs a directory, for example {sink}:out/{sink}")
    if "\0" in target:
        raise SinkError(f"sink {sink}: {target!r} is no directory name")
    path = Path(target).expanduser()
    if path.exists() and not path.is_dir():
        raise SinkError(f"sink {sink}: {target} is a file; name a directory")
    with writing(sink, path):
        path.mkdir(parents=True, exist_ok=True)
        # Mode bits do not tell (read-only mounts, root): only writing does.
        with tempfile.TemporaryFile(dir=path):
            pass
    return path


class LineFile:
    """A text file that reaches the disk line by line: a killed run loses no finished line."""

    def __init__(self, sink: str, target: str | None, example: str) -> None:
        """Open it, replacing what was there.

        Raises:
            SinkError: If it cannot be written.
        """
        self._sink = sink
        self.path = file_target(sink, target, example)
        with writing(sink, self.path):
            # Unbuffered: what a full disk refused must not come back when the file is closed.
            self._file: FileIO = self.path.open("wb", buffering=0)

    def write(self, line: str) -> None:
        """Write one line, with its end, at once.

        Raises:
            SinkError: If the disk is full or gone.
        """
        # Names that are not UTF-8 arrive as lone surrogates.
        rest = memoryview(line.encode("utf-8", "backslashreplace"))
        with writing(self._sink, self.path):
            while rest:
                rest = rest[self._file.write(rest) :]

    def close(self) -> None:
        """Close it."""
        with writing(self._sink, self.path):
            self._file.close()
