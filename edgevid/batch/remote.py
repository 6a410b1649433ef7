"""Drives that lie elsewhere: in S3 and whatever else fsspec knows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from edgevid.default_plugins.sources.redact import redact
from edgevid.errors import SourceOpenError, one_line

_VERSION = frozenset(
    {
        "size", "etag", "mtime", "modify", "modified", "lastmodified", "modificationtime",
        "updated", "generation", "md5", "md5hash", "contentmd5", "crc", "crc32c", "checksum",
        "digest",
    }
)  # fmt: skip
"""What file systems call that which changes with the content, in small letters alone. Not the time
of reading, and no version's number: of the same file, listings have none."""


def is_remote(uri: str) -> bool:
    """Whether it is a URL, and no path."""
    return "://" in uri and not uri.startswith("file://")


def local_path(uri: str) -> Path:
    """The path of what is not remote."""
    return Path(uri.removeprefix("file://"))


def version_of(uri: str) -> str | None:
    """What changes when the content does, without a look at it; None if nobody can say.

    Of a local file that is its size and when it was written last; of others, what their storage
    says: size, date, checksum.
    """
    try:
        if is_remote(uri):
            return remote_version(uri)
        found = local_path(uri).stat()
    except (OSError, SourceOpenError):
        return None
    return f"{found.st_size}-{found.st_mtime_ns}"


def remote_version(uri: str) -> str:
    """The same of what is remote.

    Raises:
        SourceOpenError: If it is not there, or nothing is known of it.
    """
    system, path = file_system(uri)
    try:
        info = system.info(path)
    # What a file system of somebody else raises is not known here.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(uri)}: not given by its storage: {redact(one_line(error))}"
        ) from error
    plain = {key.lower().replace("-", "").replace("_", ""): info[key] for key in info}
    said = {key: plain[key] for key in _VERSION & plain.keys() if plain[key] is not None}
    if not said:
        raise SourceOpenError(
            f"{redact(uri)}: its storage tells neither size, date nor checksum, so that a change "
            f"would not be seen; copy it here first"
        )
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_system(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        SourceOpenError: If fsspec, or what it needs for this protocol, is not installed, or the
            storage cannot be reached.
    """
    try:
        import fsspec
    except ImportError as error:
        raise SourceOpenError(
            f'{redact(uri)}: URLs need fsspec: pip install "edgevid[batch]"'
        ) from error
    try:
        system, path = fsspec.core.url_to_fs(uri)
    # Some connect at once, and raise what is not known here.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(uri)}: cannot be reached: {redact(one_line(error))}"
        ) from error
    return system, str(path)
