"""Where file sinks write: checked when they open, so that a run fails before it starts."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, FileIO
from pathlib import Path

from edgevid.errors import SinkError
from edgevid.whole_file import write_whole_file


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
    with writing(sink, path):
        write_whole_file(path, content)


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


def lock(sink: str, path: Path, descriptor: int) -> None:
    """Lock an open file or directory until it is closed, by the end of the process at the latest.

    Raises:
        SinkError: If another run has it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SinkError(
            f"sink {sink}: another run is writing {path}; give each run its own"
        ) from None
    except OSError:
        # Some network file systems have no locks: then nobody can be told apart.
        return


class LineFile:
    """A text file that reaches the disk line by line: a killed run loses no finished line."""

    def __init__(
        self,
        sink: str,
        target: str | None,
        example: str,
        *,
        recover: Callable[[BufferedReader], int] | None = None,
    ) -> None:
        """Open it; while it is open, no other run can.

        Args:
            sink: Name of the sink, for messages.
            target: The file.
            example: A file name, for messages.
            recover: Reads what is there from its start and returns how many bytes are worth
                keeping: writing goes on after them. None replaces the file.

        Raises:
            SinkError: If it cannot be written, or another run is writing it.
        """
        self._sink = sink
        self._size: int | None = None
        self.path = file_target(sink, target, example)
        with writing(sink, self.path):
            # Unbuffered: what a full disk refused must not come back when the file is closed.
            # Appending: nothing is lost before it is known that nobody else writes here.
            self._file: FileIO = self.path.open("ab", buffering=0)
        try:
            with writing(sink, self.path):
                lock(sink, self.path, self._file.fileno())
                # Devices and pipes have no past.
                if self.path.is_file():
                    self._size = self._kept(recover)
                    self._file.truncate(self._size)
        except BaseException:
            self._file.close()
            raise

    def _kept(self, recover: Callable[[BufferedReader], int] | None) -> int:
        if recover is None:
            return 0
        with self.path.open("rb") as file:
            return recover(file)

    def write(self, line: str) -> None:
        """Write one line, with its end, at once.

        Raises:
            SinkError: If the disk is full or gone.
        """
        # Names that are not UTF-8 arrive as lone surrogates.
        content = line.encode("utf-8", "backslashreplace")
        rest = memoryview(content)
        with writing(self._sink, self.path):
            try:
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError:
                self._take_back()
                raise
        if self._size is not None:
            self._size += len(content)

    def _take_back(self) -> None:
        """A piece of a line would spoil the next one."""
        if self._size is not None:
            with suppress(OSError):
                self._file.truncate(self._size)

    def close(self) -> None:
        """Close it."""
        with writing(self._sink, self.path):
            self._file.close()
