"""Tells runs that live from runs that were killed: each holds one byte of a file beside theirs."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_SECONDS = 0.02
_TAKEN = (errno.EAGAIN, errno.EACCES)
_OPENING = 0


class RunLocks:
    """Locks of an open file, so that they end with the process whatever ends it.

    Byte 0 belongs to who is just opening, byte N to the run of number N. A process id would not
    do: in a container it is the same after each start.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or create it."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    @contextmanager
    def opening(self, timeout_seconds: float) -> Iterator[None]:
        """Alone among those who open.

        Raises:
            TimeoutError: If another one does not come to an end.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self.take(_OPENING):
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another run is opening it and does not end")
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            self.release(_OPENING)

    def take(self, number: int) -> bool:
        """Lock a byte; False if a living run has it."""
        try:
            self._lock(fcntl.F_WRLCK, number)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True

    def release(self, number: int) -> None:
        """Let a byte go."""
        self._lock(fcntl.F_UNLCK, number)

    def _lock(self, kind: int, number: int) -> None:
        # struct flock: type, whence, start, length, process.
        wanted = struct.pack("hhqqi", kind, os.SEEK_SET, number, 1, 0)
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, wanted)

    def close(self) -> None:
        """Let everything go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
