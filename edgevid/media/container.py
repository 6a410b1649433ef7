"""Looks at a file's own structure: what it is, whether it is whole, how long it should be.

FFmpeg hides all three: a cut-off file simply ends, and a rate times a count is not a duration.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

EXACT_COUNT = frozenset({"mp4", "avi", "gif"})
"""Containers whose header counts frames; elsewhere the count is a rate times a duration."""
_MAX_BOXES = 100_000
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067


@dataclass(frozen=True, slots=True)
class Container:
    """What the bytes say."""

    kind: str | None
    """"mp4", "matroska", "avi", "gif", "mpegts", "text", or None for anything else."""
    is_cut_off: bool = False
    """The structure promises more bytes than there are."""
    has_index: bool = True
    """False for an MP4 whose ``moov`` box is missing: no frame of it can be found."""
    duration_seconds: float | None = None
    """Length of the video track, where the structure states it exactly."""
    has_rate: bool = True
    """False for an AVI whose header gives no frame rate: its frames have no other times."""


def what_is_missing(
    container: Container, end_seconds: float, interval_seconds: float, whole_seconds: float | None
) -> str | None:
    """Say that a recording ends too early, or None.

    Args:
        container: Of the file.
        end_seconds: Where its last frame ends.
        interval_seconds: How long that frame lasts.
        whole_seconds: How long the file says that it is.
    """
    is_short = (
        whole_seconds is not None and end_seconds < 0.98 * whole_seconds - 2 * interval_seconds
    )
    of_whole = f" of {whole_seconds:.1f} s" if is_short else ""
    if container.is_cut_off:
        return f"cut off at {end_seconds:.1f} s{of_whole}; every frame before was read"
    if is_short and container.kind in EXACT_COUNT:
        return f"nothing could be decoded after {end_seconds:.1f} s{of_whole}"
    return None


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
        if head[:4] == b"\x1a\x45\xdf\xa3":
            return _inspect_matroska(file, size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            is_cut_off = struct.unpack("<I", head[4:8])[0] + 8 > size
            return Container("avi", is_cut_off=is_cut_off, has_rate=_avi_has_rate(head))
        if head[:6] in (b"GIF87a", b"GIF89a"):
            return _inspect_gif(file)
        if head[:1] == b"\x47" and head[188:189] in (b"\x47", b""):
            return Container("mpegts")
    return Container("text" if _is_text(head) else None)


def _avi_has_rate(head: bytes) -> bool:
    """Whether the header of the first video stream, or that of the file, names one."""
    # A stream's type is followed by five other fields, then by scale and rate.
    of_stream = _numbers(head, b"vids", 20, 2)
    # A size, then the microseconds of a frame.
    of_file = _numbers(head, b"avih", 8, 1)
    return all(of_stream) or all(of_file)


def _numbers(head: bytes, name: bytes, offset: int, count: int) -> tuple[int, ...]:
    """Some 32-bit numbers after a name; none if they are not among these bytes."""
    at = head.find(name)
    end = at + offset + 4 * count
    found = head[at + offset : end] if at >= 0 else b""
    return struct.unpack(f"<{count}I", found) if len(found) == 4 * count else ()


def _is_text(head: bytes) -> bool:
    try:
        text = head[: len(head) - 4 if len(head) == 4096 else None].decode()
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() for c in text)


# --------------------------------------------------------------------------- MP4 and MOV


def _inspect_mp4(file: BinaryIO, size: int) -> Container:
    moov: tuple[int, int] | None = None
    cut_off = False
    for kind, start, end in _boxes(file, 0, size):
        cut_off = cut_off or end > size
        if kind == b"moov" and end <= size:
            moov = (start, end)
    duration = _video_duration(file, *moov) if moov else None
    return Container("mp4", cut_off, has_index=moov is not None, duration_seconds=duration)


def _boxes(file: BinaryIO, start: int, end: int) -> list[tuple[bytes, int, int]]:
    """Type, start of the content and end of each box; the end may lie behind the file's."""
    boxes: list[tuple[bytes, int, int]] = []
    while start + 8 <= end and len(boxes) < _MAX_BOXES:
        file.seek(start)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header[:8])
        content = start + 8
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
            content = start + 16
        elif length == 0:
            length = end - start
        if length < content - start or not kind.strip(b"\0"):
            break
        boxes.append((kind, content, start + length))
        start += length
    return boxes


def _video_duration(file: BinaryIO, start: int, end: int) -> float | None:
    for kind, track, track_end in _boxes(file, start, end):
        if kind != b"trak":
            continue
        for inner, media, media_end in _boxes(file, track, track_end):
            if inner != b"mdia":
                continue
            boxes = {name: at for name, at, _ in _boxes(file, media, media_end)}
            if b"hdlr" in boxes and b"mdhd" in boxes:
                file.seek(boxes[b"hdlr"] + 8)
                if file.read(4) == b"vide":
                    return _media_duration(file, boxes[b"mdhd"])
    return None


def _media_duration(file: BinaryIO, start: int) -> float | None:
    file.seek(start)
    content = file.read(32)
    layout, at = (">IQ", 20) if content[:1] == b"\x01" else (">II", 12)
    if len(content) < at + struct.calcsize(layout):
        return None
    scale, duration = struct.unpack_from(layout, content, at)
    is_known = scale > 0 and 0 < duration < (1 << 62) and duration != 0xFFFFFFFF
    return duration / scale if is_known else None


# --------------------------------------------------------------------------- Matroska and WebM


def _inspect_matroska(file: BinaryIO, size: int) -> Container:
    at = 0
    for _ in range(16):
        file.seek(at)
        element = _element(file.read(12))
        if element is None:
            break
        identity, length, header = element
        if identity == _SEGMENT:
            return Container(
                "matroska", is_cut_off=length is not None and at + header + length > size
            )
        if length is None:
            break
        at += header + length
    return Container("matroska", is_cut_off=at > size)


def _element(head: bytes) -> tuple[int, int | None, int] | None:
    """Identity, length (None if unknown) and header size of an EBML element."""
    if not head or not head[0]:
        return None
    id_size = 9 - head[0].bit_length()
    if id_size > 4 or len(head) <= id_size or not head[id_size]:
        return None
    length_size = 9 - head[id_size].bit_length()
    raw = head[id_size : id_size + length_size]
    if len(raw) < length_size:
        return None
    value = int.from_bytes(raw, "big") & ((1 << (7 * length_size)) - 1)
    unknown = value == (1 << (7 * length_size)) - 1
    return int.from_bytes(head[:id_size], "big"), None if unknown else value, id_size + length_size


# --------------------------------------------------------------------------- GIF


def _inspect_gif(file: BinaryIO) -> Container:
    """Add up the delays; a GIF has no index, but its blocks can be walked without decoding."""
    file.seek(10)
    flags = file.read(3)
    if len(flags) == 3:
        _skip_palette(file, flags[0])
        hundredths = 0
        while block := file.read(1):
            if block == b"\x3b":
                return Container("gif", duration_seconds=hundredths / 100 or None)
            if block == b"\x21":
                label = file.read(1)
                content = file.read(6) if label == b"\xf9" else b""
                if len(content) == 6:
                    delay = int.from_bytes(content[2:4], "little")
                    # FFmpeg, like browsers, shows a frame without a usable delay for 0.1 s.
                    hundredths += delay if delay >= 2 else 10
                elif not _skip_blocks(file):
                    break
            elif block == b"\x2c":
                descriptor = file.read(9)
                if len(descriptor) < 9:
                    break
                _skip_palette(file, descriptor[8])
                file.read(1)
                if not _skip_blocks(file):
                    break
            else:
                break
    return Container("gif", is_cut_off=True)


def _skip_palette(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * (2 << (flags & 7)), 1)


def _skip_blocks(file: BinaryIO) -> bool:
    """Skip a chain of sub-blocks; False if the file ends within it."""
    while length := file.read(1):
        if length == b"\0":
            return True
        file.seek(length[0], 1)
    return False
