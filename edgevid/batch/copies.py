"""Local copies of drives that lie elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from edgevid.batch.remote import file_system, is_remote, local_path, remote_version
from edgevid.config.batch import BatchConfig
from edgevid.default_plugins.sources.redact import redact
from edgevid.errors import SourceOpenError, one_line

_IN_USE_SECONDS = 3600.0
"""Since a copy was asked for: longer than reading a part of it takes."""
_LONGEST_NAME = 80
"""Bytes; file systems take 255, with the key and what marks unfinished copies."""
_GB = 10**9


@dataclass(frozen=True)
class Copies:
    """A folder of copies, of which those go that were not used for longest.

    Several processes may share it: a copy that goes is made again for whoever asks next.
    """

    folder: Path
    most_bytes: int
    """About: copies in use stay, and one more is made beside them."""

    @classmethod
    def of(cls, config: BatchConfig) -> Copies:
        """Those of a batch: in its folder of results."""
        return cls(Path(config.out) / "cache", round(config.cache_gb * _GB))

    def local(self, uri: str, version: str | None = None) -> Path:
        """A local path of a drive, copied first if need be.

        Args:
            uri: Path or URL.
            version: Of the drive, if it is known: then a copy is found without a question to the
                storage, which may have changed, or be away for a moment.

        Raises:
            SourceOpenError: If it cannot be copied.
        """
        if not is_remote(uri):
            return local_path(uri)
        text = f"{uri} {version or remote_version(uri)}"
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        # What comes after ? may be a password, with slashes in it too.
        name = os.fsencode(uri.partition("?")[0].rpartition("/")[2])[-_LONGEST_NAME:]
        target = self.folder / f"{key}-{name.decode('utf-8', 'ignore')}"
        try:
            os.utime(target)
        except OSError:
            self._copy(uri, target)
        return target

    def _copy(self, uri: str, target: Path) -> None:
        partial = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            system, path = file_system(uri)
            if not system.isfile(path):
                raise IsADirectoryError("it is no file")
            self._make_room(system.size(path) or 0)
            system.get_file(path, str(partial))
            partial.replace(target)
            # Some file systems set the time of the original.
            os.utime(target)
        # What a file system of somebody else raises is not known here.
        except Exception as error:
            partial.unlink(missing_ok=True)
            raise SourceOpenError(
                f"{redact(uri)}: cannot be copied: {redact(one_line(error))}"
            ) from error

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


def _used(path: Path) -> list[tuple[float, int]]:
    """When, and how large it is; nothing if it has gone in the meantime, or is none of ours."""
    try:
        found = path.stat()
    except OSError:
        return []
    if not stat.S_ISREG(found.st_mode):
        return []
    return [(found.st_mtime, found.st_size)]
