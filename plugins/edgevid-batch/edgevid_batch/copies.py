"""Local copies of drives that lie elsewhere."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgevid.errors import SourceOpenError
from edgevid.io import atomic_path, redact
from edgevid_batch.remote import describe_error, file_system, local_path, remote_version
from edgevid_batch.urls import is_remote

if TYPE_CHECKING:
    from edgevid_batch.config import BatchConfig

_IN_USE_SECONDS = 3600.0
"""Since a copy was asked for: longer than reading a part of it takes."""
_LONGEST_NAME = 80
"""Bytes; file systems take 255, with the key and what marks unfinished copies."""
_GB = 10**9
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Only writing fails with these, and what is written is the copy."""


class CopiesFullError(OSError):
    """The folder of copies takes no more. That is no fault of the drive: others would fail too."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()


@dataclass(frozen=True)
class Copies:
    """A folder of copies, of which those go that were not used for longest.

    Several processes may share it: a copy that goes is made again for the next request.
    """

    folder: Path
    most_bytes: int
    """About: copies in use stay, and one more is made beside them."""

    @classmethod
    def of(cls, config: BatchConfig) -> Copies:
        """Return the copies of a batch, in its output folder."""
        return cls(Path(config.out) / "cache", round(config.cache_gb * _GB))

    def local(self, uri: str, version: str | None = None) -> Path:
        """A local path of a drive, copied first if need be.

        Args:
            uri: Path or URL.
            version: Of the drive, if it is known: then a copy is found without a question to the
                storage, which may have changed, or be away for a moment.

        Raises:
            SourceOpenError: If it cannot be copied, is of another version by now, or lies here
                and may not be looked at.
            CopiesFullError: If there is no room for a copy.
        """
        if not is_remote(uri):
            path = local_path(uri)
            _check_open(path)
            return path
        version = version or remote_version(uri)
        text = f"{uri} {version}"
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        # What comes after ? may be a password, with slashes in it too.
        name = os.fsencode(uri.partition("?")[0].rpartition("/")[2])[-_LONGEST_NAME:]
        target = self.folder / f"{key}-{name.decode('utf-8', 'ignore')}"
        try:
            os.utime(target)
        except OSError:
            self._copy(uri, target, version)
        return target

    def _copy(self, uri: str, target: Path, version: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(target, durable=False) as partial:
                self._fetch(uri, partial)
                _check_unchanged(uri, version)
            # Some file systems set the time of the original.
            os.utime(target)
        except SourceOpenError:
            raise
        # Errors of third-party file systems are not known here.
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                # Both arguments, so that it can be sent to another process.
                raise CopiesFullError(
                    error.errno, f"{self.folder} takes no more: {os.strerror(error.errno)}"
                ) from error
            raise SourceOpenError(
                f"{redact(uri)}: cannot be copied: {describe_error(error)}"
            ) from error

    def _fetch(self, uri: str, partial: Path) -> None:
        system, path = file_system(uri)
        if not system.isfile(path):
            raise IsADirectoryError("it is no file")
        self._make_room(system.size(path) or 0)
        system.get_file(path, str(partial))

    def _make_room(self, num_bytes: int) -> None:
        kept = sorted(
            (at, size, path) for path in self.folder.iterdir() for at, size in _used(path)
        )
        too_many = sum(size for _, size, _ in kept) + num_bytes - self.most_bytes
        for at, size, path in kept:
            if too_many <= 0 or time.time() - at < _IN_USE_SECONDS:
                return
            path.unlink(missing_ok=True)
            too_many -= size


def _check_open(path: Path) -> None:
    """A folder stands among the drives if it could not be searched; then that is the reason."""
    try:
        if path.is_dir():
            os.scandir(path).close()
    except PermissionError as error:
        raise SourceOpenError(f"{path}: permission denied; check who may read it") from error
    except OSError as error:
        raise SourceOpenError(f"{path}: cannot be read: {error.strerror}") from error


def _check_unchanged(uri: str, version: str) -> None:
    """A copy is kept under the version that was asked for, so it must be of that one."""
    if remote_version(uri) != version:
        raise SourceOpenError(
            f"{redact(uri)}: changed while the batch was running; run the same again to score it "
            f"anew"
        )


def _used(path: Path) -> list[tuple[float, int]]:
    """When, and how large it is; nothing if it has gone in the meantime, or is none of ours."""
    try:
        found = path.stat()
    except OSError:
        return []
    if not stat.S_ISREG(found.st_mode):
        return []
    return [(found.st_mtime, found.st_size)]
