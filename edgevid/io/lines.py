"""Text files written line by line, by one run at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader, FileIO

from edgevid.errors import SinkError
from edgevid.io.locks import FileLock
from edgevid.io.targets import file_target, writing


class LineFile:
    """A text file written line by line: a killed run loses no finished line."""

    def __init__(
        self,
        sink: str,
        target: str | None,
        example: str,
        *,
        recover: Callable[[BufferedReader], int] | None = None,
    ) -> None:
        """Open and lock it.

        Args:
            sink: Name of the sink, for messages.
            target: The file.
            example: A file name, for messages.
            recover: Reads an existing file from its start and returns the number of bytes to
                keep; writing continues after them. None replaces the file.

        Raises:
            SinkError: If it cannot be written, or another run is writing it.
        """
        self._sink = sink
        self._size: int | None = None
        self._lock: FileLock | None = None
        self.path = file_target(sink, target, example)
        with writing(sink, self.path):
            # Unbuffered: a line that a full disk refused must not be written again on close.
            # Appending: nothing is lost before the lock is held.
            self._file: FileIO = self.path.open("ab", buffering=0)
        try:
            with writing(sink, self.path):
                # Devices and pipes are not locked, and hold nothing to keep.
                if self.path.is_file():
                    self._lock = self._locked()
                    self._size = self._size_to_keep(recover)
                    self._file.truncate(self._size)
        except BaseException:
            self._close()
            raise

    def _locked(self) -> FileLock:
        try:
            return FileLock(self.path)
        except BlockingIOError:
            raise SinkError(
                f"sink {self._sink}: another run is writing {self.path}; give each run its own"
            ) from None

    def _size_to_keep(self, recover: Callable[[BufferedReader], int] | None) -> int:
        if recover is None:
            return 0
        with self.path.open("rb") as file:
            return recover(file)

    def write(self, line: str) -> None:
        """Write one line, with its end, at once.

        Raises:
            SinkError: If the disk is full or gone.
        """
        # File names that are not UTF-8 contain lone surrogates.
        content = line.encode("utf-8", "backslashreplace")
        rest = memoryview(content)
        with writing(self._sink, self.path):
            try:
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError:
                self._undo()
                raise
        if self._size is not None:
            self._size += len(content)

    def _undo(self) -> None:
        """Remove a partial line, which would damage the next one."""
        if self._size is not None:
            with suppress(OSError):
                self._file.truncate(self._size)

    def close(self) -> None:
        """Close it."""
        with writing(self._sink, self.path):
            self._close()

    def _close(self) -> None:
        try:
            self._file.close()
        finally:
            if self._lock is not None:
                self._lock.release()
