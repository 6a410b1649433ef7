"""The grammar of ``SOURCE``: which source a piece of text means, and with which options."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from edgevid.errors import ConfigError
from edgevid.io import redact

STREAM_SCHEMES = frozenset({
    "http", "https", "mms", "mmsh", "mmst", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtp", "rtsp",
    "rtsps", "srt", "tcp", "tls", "udp",
})  # fmt: skip
"""URL schemes that the source named "stream" takes."""

_WITHOUT_QUERY = frozenset({"file", "gstreamer", "recording", "stream"})
"""Sources whose text may hold question marks of its own; all others take options that way."""
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9_+.-]*):(?P<rest>.*)", re.DOTALL)
_DEVICE = re.compile(r"/dev/(video\d+|v4l/.+)")
_QUERY = re.compile(r"\?(?P<query>[A-Za-z_][A-Za-z0-9_]*=[^&?]*(&[A-Za-z_][A-Za-z0-9_]*=[^&?]*)*)$")


class ParsedSource(NamedTuple):
    """Parsed source text."""

    scheme: str
    """Name of the source plugin."""
    uri: str
    """Target for the plugin, without scheme and options."""
    options: dict[str, str]
    """Options from the query; the plugin's ``Options`` checks them."""


def parse_source(text: str, known: Collection[str]) -> ParsedSource:
    """Find out which source ``text`` means.

    Args:
        text: For example ``drive.mp4``, ``camera:0?width=640``, ``rtsp://host/path``.
        known: Names of the registered sources.

    Raises:
        ConfigError: If it cannot mean any of them.
    """
    if not text.strip() or "\0" in text:
        raise ConfigError(
            f"source {text!r} is empty or not text; give a file, camera:0, images:DIR, a URL, test:"
        )
    if text.isascii() and text.isdigit():
        return ParsedSource("camera", text, {})
    if text.startswith("/dev/"):
        device, options = _split_query("camera", text)
        if _DEVICE.fullmatch(device):
            return ParsedSource("camera", device, options)
    if _exists(text):
        return ParsedSource("file", text, {})
    match = _SCHEME.fullmatch(text)
    if match is None:
        return ParsedSource("file", text, {})
    return _parse_scheme(text, match["scheme"].lower(), match["rest"], known)


def _parse_scheme(text: str, scheme: str, rest: str, known: Collection[str]) -> ParsedSource:
    if scheme == "file":
        return ParsedSource("file", _file_path(rest), {})
    if scheme in known:
        uri, options = _split_query(scheme, rest) if scheme not in _WITHOUT_QUERY else (rest, {})
        return ParsedSource(scheme, uri, options)
    if scheme in STREAM_SCHEMES and rest.startswith("//"):
        return ParsedSource("stream", text, {})
    near = difflib.get_close_matches(scheme, [*known, *STREAM_SCHEMES], n=2)
    if near or rest.startswith("//"):
        hint = f"did you mean {' or '.join(f'{name}:' for name in near)}? " if near else ""
        raise ConfigError(
            f"source {redact(text)!r}: nothing handles {scheme}:, and no such file exists; {hint}"
            f"known: {', '.join(sorted(known))}, and URLs with {', '.join(sorted(STREAM_SCHEMES))}"
        )
    return ParsedSource("file", text, {})


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:
        return False


def _file_path(rest: str) -> str:
    """Path of a ``file:`` URL; only the form with slashes is percent-encoded."""
    if not rest.startswith("//"):
        return rest
    path = rest[2:]
    if not path.startswith("/"):
        host, slash, after = path.partition("/")
        path = f"/{after}" if slash and host == "localhost" else path
    return path if _exists(path) else unquote(path)


def _split_query(scheme: str, rest: str) -> tuple[str, dict[str, str]]:
    """Take ``?key=value&key=value`` off the end; a glob may hold question marks of its own."""
    match = _QUERY.search(rest)
    if match is None:
        head, mark, tail = rest.rpartition("?")
        return (head, {}) if mark and not tail and scheme != "images" else (rest, {})
    options: dict[str, str] = {}
    for pair in match["query"].split("&"):
        key, _, value = pair.partition("=")
        if key in options:
            raise ConfigError(f"source {scheme}:{rest}: option {key!r} is given twice; keep one")
        options[key] = unquote(value)
    return rest[: match.start()], options
