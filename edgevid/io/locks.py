"""Locks between processes that end with the process, however it ends."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path

import filelock
from typing_extensions import Self

_POLL_SECONDS = 0.02
_LONGEST_NAME = 240
_CANNOT_LOCK = frozenset({
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP,
})  # fmt: skip


class FileLock:
    """The exclusive right to a file or folder, from construction to ``release``.

    A killed process releases its locks too. The lock is a hidden file ``.NAME.lock`` beside a file
    and ``.lock`` inside a folder; it is removed on release. May be released by another thread.
    Where no such file can be made or locked (some network file systems, a read-only folder),
    everybody gets the lock.
    """

    def __init__(self, path: Path, timeout_seconds: float = 0.0) -> None:
        """Take the lock.

        Args:
            path: The file or folder to lock; a file need not exist.
            timeout_seconds: How long to wait for another holder.

        Raises:
            BlockingIOError: If another run holds it until then.
            OSError: If the lock file cannot be written because the disk is full.
        """
        # Symbolic links to one file are one file.
        self._path = _lock_path(path.resolve())
        self._lock = filelock.FileLock(self._path, timeout=timeout_seconds, thread_local=False)
        try:
            if not isinstance(self._lock, filelock.SoftFileLock):
                # Where no file can be made, filelock waits for one until the timeout.
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o666))
            self._lock.acquire(poll_interval=_POLL_SECONDS)
        except filelock.Timeout:
            reason = "another run is using it"
            raise BlockingIOError(errno.EAGAIN, reason, str(path)) from None
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                raise

    def release(self) -> None:
        """Release it; again does nothing."""
        if self._lock.is_locked:
            # While it is held: a process that locks the removed file notices, and makes a new one.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(path: Path) -> bool:
    """Whether a living process holds the ``FileLock`` of a path."""
    if not _lock_path(path.resolve()).exists():
        return False
    try:
        FileLock(path).release()
    except BlockingIOError:
        return True
    return False


def _lock_path(path: Path) -> Path:
    if path.is_dir():
        return path / ".lock"
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return path.with_name(f".{name}.lock")
