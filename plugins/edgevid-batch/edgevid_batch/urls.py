"""Facts about a URL from its text alone; tells paths from URLs."""

from __future__ import annotations

import re
from itertools import takewhile

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]+:")
_HTTP = ("http", "https")


def is_remote(uri: str) -> bool:
    """Whether it is a URL, and no path."""
    return "://" in uri and not uri.startswith("file://")


def has_scheme(uri: str) -> bool:
    """Whether it begins as ``scheme:``, as recordings of plugins do; a relative path may, too."""
    return _SCHEME.match(uri) is not None


def has_query(url: str) -> bool:
    """Whether it is an HTTP URL with ``?``: what a server makes of that is no folder."""
    head = stacked(url)[0]
    return is_http(head) and "?" in head


def stacked(url: str) -> list[str]:
    """The file systems in a URL, the outermost first, without those that only cache."""
    return [bit for bit in url.split("::") if "://" in bit]


def is_http(url: str) -> bool:
    """Whether it is of a web server."""
    return url.partition("://")[0] in _HTTP


def without_query(url: str) -> str:
    """An HTTP URL up to ``?`` or ``#``."""
    return url.partition("#")[0].partition("?")[0]


def url_of(given: str, path: str, name: str) -> str:
    """The URL of something that a file system lists.

    What the file system leaves out of names stays as it was given: host, user, account, and the
    file systems in which this one lies.

    Args:
        given: URL that the file system was opened by.
        path: What the file system makes of it.
        name: As the file system lists it.
    """
    if "://" in name:
        return name
    head, chained, rest = given.partition("::")
    if "://" not in head:
        if path:
            # simplecache::s3://bucket/a.mp4: names are those of what is cached.
            return f"{head}::{url_of(rest, path, name)}"
        head = f"{head}://"
    protocol, _, body = head.partition("://")
    head, path = f"{protocol}://{body.rstrip('/')}", path.rstrip("/")
    ends = zip(reversed(head), reversed(path), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    before, left_out = head[: len(head) - same], path[: len(path) - same]
    if not name.startswith(left_out):
        before, left_out = f"{protocol}://", ""
    return f"{before}{name[len(left_out) :]}{chained}{rest}"
