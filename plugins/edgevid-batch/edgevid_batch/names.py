"""Names of drives in results: their location, without secrets of a URL."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from edgevid.io import redact
from edgevid.records import plain
from edgevid_batch.urls import has_scheme, is_remote

_DIGITS = 8


def name_of(uri: str) -> str:
    """A path as it is, which holds no passwords; a URL without them. Valid UTF-8."""
    return str(plain(without_secrets(uri, uri)))


def names_of(uris: Iterable[str]) -> dict[str, str]:
    """Drive → its name, which no other one has.

    URLs that differ in a secret alone, and names on disk that differ in what is not UTF-8, are
    distinguished by a part of their checksum.
    """
    names = {uri: name_of(uri) for uri in uris}
    times = Counter(names.values())
    return {
        uri: name if times[name] == 1 else f"{name}#{_checksum(uri)}" for uri, name in names.items()
    }


def without_secrets(uri: str, text: str) -> str:
    """A text about a drive. Of a path it stays whole: ``passenger=0`` is no password."""
    return redact(text) if is_remote(uri) or has_scheme(uri) else text


def _checksum(uri: str) -> str:
    return hashlib.sha256(uri.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
