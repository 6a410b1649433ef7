"""Local copies of drives that lie elsewhere: S3 and whatever else fsspec knows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

from edgevid.default_plugins.sources.redact import redact
from edgevid.errors import SourceOpenError, one_line


def is_remote(uri: str) -> bool:
    """Whether it is a URL, and no path."""
    return "://" in uri and not uri.startswith("file://")


def fetched(uri: str, cache: Path) -> Path:
    """A local path of a drive, copied first if need be.

    Raises:
        SourceOpenError: If it cannot be copied.
    """
    if not is_remote(uri):
        return Path(uri.removeprefix("file://"))
    name = uri.rpartition("/")[2].partition("?")[0][-80:]
    target = cache / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}-{name}"
    if target.is_file():
        return target
    partial = target.with_name(f".{target.name}.{uuid4().hex}.part")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        system, path = file_system(uri)
        system.get_file(path, str(partial))
        partial.replace(target)
    # What a file system of somebody else raises is not known here.
    except Exception as error:
        partial.unlink(missing_ok=True)
        raise SourceOpenError(f"{redact(uri)}: cannot be copied: {one_line(error)}") from error
    return target


def file_system(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        SourceOpenError: If fsspec, or what it needs for this protocol, is not installed.
    """
    try:
        import fsspec
    except ImportError as error:
        raise SourceOpenError(
            f'{redact(uri)}: URLs need fsspec: pip install "edgevid[batch]"'
        ) from error
    try:
        system, path = fsspec.core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        raise SourceOpenError(f"{redact(uri)}: {one_line(error)}") from error
    return system, str(path)
