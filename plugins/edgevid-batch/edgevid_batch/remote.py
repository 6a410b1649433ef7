"""Drives that lie elsewhere: in S3 and whatever else fsspec knows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from edgevid.errors import SourceOpenError, one_line
from edgevid.io import redact
from edgevid_batch.urls import is_http, is_remote, stacked, without_query

_VERSION = frozenset(
    {
        "size", "etag", "mtime", "modify", "modified", "lastmodified", "modificationtime",
        "updated", "generation", "md5", "md5hash", "contentmd5", "crc", "crc32c", "checksum",
        "digest",
    }
)  # fmt: skip
"""Keys of file systems for values that change with the content, lower case. Not the time
of reading, and no version number: listings of the same file have none."""
_SILENCE_SECONDS = 60.0
"""Longest silence of a web server, seconds; a whole drive may take as long as it takes."""


def local_path(uri: str) -> Path:
    """The path of what is not remote."""
    return Path(uri.removeprefix("file://"))


def version_of(uri: str) -> str | None:
    """Version of the content, without reading it; None if unknown.

    Of a local file that is its size and when it was written last; of others, what their storage
    says: size, date, checksum.
    """
    try:
        if is_remote(uri):
            return remote_version(uri)
        found = local_path(uri).stat()
    # A name with a zero byte is a ValueError.
    except (OSError, ValueError):
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
    # Errors of third-party file systems are not known here.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(uri)}: not given by its storage: {describe_error(error)}"
        ) from error
    plain = {key.lower().replace("-", "").replace("_", ""): info[key] for key in info}
    properties = {
        key: _rounded(plain[key]) for key in _VERSION & plain.keys() if plain[key] is not None
    }
    if not properties:
        raise SourceOpenError(
            f"{redact(uri)}: its storage has neither size, date nor checksum, so that a change "
            f"would not be seen; copy it here first"
        )
    text = json.dumps(properties, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _rounded(value: Any) -> Any:
    """A date in whole seconds: in listings some storages give more of it than of one file."""
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def describe_error(error: BaseException) -> str:
    """Message of a foreign error, without secrets; its class name if it is empty."""
    text = one_line(error)
    if not text:
        cause = one_line(error.__cause__) if error.__cause__ else ""
        text = ": ".join(filter(None, (type(error).__name__, cause)))
    return redact(text)


def file_system(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        SourceOpenError: If fsspec, or what it needs for this protocol, is not installed, or the
            storage cannot be reached.
    """
    fsspec = _fsspec(uri)
    try:
        system, path = fsspec.core.url_to_fs(uri, **_options(fsspec, uri))
    # Some connect at once, and raise what is not known here.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(uri)}: cannot be reached: {describe_error(error)}"
        ) from error
    return system, str(path)


def _fsspec(uri: str) -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise SourceOpenError(
            f'{redact(uri)}: URLs need fsspec: pip install "edgevid[batch]"'
        ) from error
    return fsspec


def _options(fsspec: Any, uri: str) -> dict[str, Any]:
    """Options of the protocols that are in a URL; of others, fsspec would hand them on."""
    protocols = {bit.partition("://")[0] for bit in stacked(uri) if is_http(bit)}
    if not protocols:
        return {}
    kind = fsspec.get_filesystem_class("http")
    import aiohttp

    limits = aiohttp.ClientTimeout(
        total=None, sock_connect=_SILENCE_SECONDS, sock_read=_SILENCE_SECONDS
    )
    # What fsspec's own configuration says of proxies and the like holds too.
    configured = fsspec.config.apply_config(kind, {}).get("client_kwargs", {})
    return {name: {"client_kwargs": {"timeout": limits, **configured}} for name in protocols}


def name_in(url: str) -> str:
    """The part of a URL that is a name, with wildcards and an ending; nothing is connected to.

    By HTTP that is neither the host nor what comes after ``?``.

    Raises:
        SourceOpenError: If fsspec does not know the protocol, or what it needs is not installed.
    """
    fsspec = _fsspec(url)
    named = stacked(url)
    try:
        kinds = [fsspec.get_filesystem_class(bit.partition("://")[0]) for bit in named]
        if is_http(named[0]):
            return without_query(named[0]).partition("://")[2].partition("/")[2]
        return str(kinds[0]._strip_protocol(named[0]))
    # A third-party protocol.
    except Exception as error:
        raise SourceOpenError(
            f"{redact(url)}: cannot be reached: {describe_error(error)}"
        ) from error
