"""Looks at the outermost structure of a file: what it is, and whether it was cut off.

FFmpeg hides both: a cut-off file simply ends.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAX_BOXES = 100_000
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class Container:
    """Facts read from a container's bytes."""

    kind: str | None
    """"mp4", "matroska", "avi", "gif", "mpegts", "text", or None for anything else."""
    is_cut_off: bool = False
    """The structure promises more bytes than there are."""
    has_index: bool = True
    """False for an MP4 whose ``moov`` box is missing: no frame of it can be found."""
    has_rate: bool = True
    """False for an AVI whose header gives no frame rate: its frames have no other times."""


def inspect(path: Path) -> Container:
    """Read the outermost structure of a file.

    Raises:
        OSError: If it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
            return _inspect_mp4(file, size)
        if head[:4] == _EBML:
            return Container("matroska", _matroska_end(head) > size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            is_cut_off = struct.unpack("<I", head[4:8])[0] + 8 > size
            return Container("avi", is_cut_off, has_rate=_avi_has_rate(head))
        if head[:6] in (b"GIF87a", b"GIF89a"):
            file.seek(max(0, size - 64))
            return Container("gif", not file.read().rstrip(b"\0").endswith(b"\x3b"))
        if head[:1] == b"\x47" and head[188:189] in (b"\x47", b""):
            return Container("mpegts")
    return Container("text" if _is_text(head) else None)


def _avi_has_rate(head: bytes) -> bool:
    """Whether the first video stream's scale and rate, or the file's, are there; FFmpeg guesses."""
    at, whole = head.find(b"vids") + 20, head.find(b"avih") + 8
    fields = struct.unpack("<3I", (head[at : at + 8] + head[whole : whole + 4]).ljust(12, b"\0"))
    return all(fields[:2]) or fields[2] > 0


def _is_text(head: bytes) -> bool:
    try:
        text = head[: len(head) - 4 if len(head) == 4096 else None].decode()
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() for c in text)


def _inspect_mp4(file: BinaryIO, size: int) -> Container:
    """Go from box to box: each begins with its length and its name."""
    start, has_index = 0, False
    for _ in range(_MAX_BOXES):
        file.seek(start)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        elif length == 0:
            length = size - start
        if length < 8 or not kind.strip(b"\0"):
            break
        start += length
        has_index = has_index or (kind == b"moov" and start <= size)
    return Container("mp4", start > size, has_index)


def _matroska_end(head: bytes) -> int:
    """Return the declared end of the segment."""
    at = 4
    length, used = _ebml_length(head[at:])
    at += used + (length or 0)
    if head[at : at + 4] != _SEGMENT:
        return at
    length, used = _ebml_length(head[at + 4 :])
    return 0 if length is None else at + 4 + used + length


def _ebml_length(data: bytes) -> tuple[int | None, int]:
    """A length and how many bytes it takes; None where it is left open."""
    used = 9 - data[0].bit_length() if data and data[0] else 1
    value = int.from_bytes(data[:used], "big") & ((1 << (7 * used)) - 1)
    return (None if value == (1 << (7 * used)) - 1 else value), used
