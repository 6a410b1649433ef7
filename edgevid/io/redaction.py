"""Removing passwords and tokens from text that is shown, logged or stored."""

from __future__ import annotations

import re
from urllib.parse import unquote

MASK = "***"

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>[^\s\"'<>]*)")
_PAIR = re.compile(
    r"(?P<key>[A-Za-z0-9_.%-]+)(?P<equals>\s*=\s*)(?P<value>\"[^\"]*\"|[^\s&#;\"'!]+)"
)
_SECRET_PARTS = ("pass", "pwd", "token", "secret", "key", "auth", "sig", "credential")
_SECRET_KEYS = ("pw", "user-pw", "proxy-pw", "user_pw")


def redact(text: str) -> str:
    """Replace passwords and tokens by ``***``.

    Covers the user part of URLs and ``key=value`` pairs whose key looks secret, anywhere in
    ``text``, so that whole GStreamer pipelines and messages can be passed too.
    """
    return _PAIR.sub(_redact_pair, _URL.sub(_redact_url, text))


def _redact_url(match: re.Match[str]) -> str:
    rest = match["rest"]
    end = _authority_end(rest)
    authority = rest[:end]
    user, at, host = authority.rpartition("@")
    if not at:
        return match[0]
    name, colon, _ = user.partition(":")
    return f"{match['scheme']}{name}{colon}{MASK if colon else ''}@{host}{rest[end:]}"


def _authority_end(rest: str) -> int:
    """Length of ``user:password@host:port``, also if the password holds an unescaped slash."""
    end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    if "@" in rest[:end]:
        return end
    _, colon, port = rest[:end].rpartition(":")
    if colon and not port.isdigit() and not rest.startswith("[") and "@" in rest:
        after = rest[rest.rfind("@") :]
        return (
            len(rest)
            - len(after)
            + min((i for i in map(after.find, "/?#") if i >= 0), default=len(after))
        )
    return end


def _redact_pair(match: re.Match[str]) -> str:
    key = unquote(match["key"]).lower()
    if key in _SECRET_KEYS or any(part in key for part in _SECRET_PARTS):
        return f"{match['key']}{match['equals']}{MASK}"
    return match[0]
