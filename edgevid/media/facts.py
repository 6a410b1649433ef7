"""Facts of a video's stream that decide who decodes it, read with PyAV without decoding."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgevid.media.frames import is_wide_colour

_FIELD_ORDERS = range(2, 6)
"""FFmpeg's ``AV_FIELD_TT`` to ``AV_FIELD_BT``; 0 is unknown, 1 is progressive."""
INSTALL = 'pip install "edgevid[video]"'


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The first video stream of a file."""

    num_frames: int | None
    """Frames that are shown, where an index counts them: an edit list may hide some."""
    duration_seconds: float | None
    """Length of the stream, where the container states it."""
    prefer_pyav: str | None
    """Reason why PyAV decodes it; None if OpenCV may."""


def has_pyav() -> bool:
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def read_facts(path: Path) -> StreamFacts | None:
    """Look at a file's header.

    Returns:
        None if PyAV is not installed, or cannot open the file either.

    Raises:
        LookupError: If the file is whole, and holds no video.
    """
    if not has_pyav():
        return None
    import av

    try:
        with av.open(f"file:{path.absolute()}") as container:
            if not container.streams.video:
                raise LookupError("holds sound but no video")
            stream = container.streams.video[0]
            return _facts_of(container, stream) if stream.codec_context else None
    except (av.error.FFmpegError, OSError, ValueError):
        return None


def _facts_of(container: Any, stream: Any) -> StreamFacts:
    # First of all: what follows reads to the end of the file.
    prefer_pyav = _prefer_pyav(container, stream)
    duration = float(stream.duration * stream.time_base) if stream.duration else None
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        # Without its index, FFmpeg guesses the duration from the size of the file.
        duration = float(stream.frames / stream.average_rate)
    if duration is None and "matroska" in container.format.name and container.duration:
        # Its duration counts from zero, its frames may start later.
        duration = container.duration / 1e6 - float((stream.start_time or 0) * stream.time_base)
    entries: Sequence[Any] = stream.index_entries if stream.frames else ()
    hidden = sum(bool(entry.is_discard) for entry in entries)
    if duration is not None and "mp4" in container.format.name and len(entries):
        duration = max(duration, _last_end(container, stream, entries[-1].timestamp))
    return StreamFacts(stream.frames - hidden or None, duration, prefer_pyav)


def _last_end(container: Any, stream: Any, near: int) -> float:
    """End of the last frame; FFmpeg adds up intervals of decoding, which may be shorter."""
    container.seek(near, stream=stream, backward=True)
    ends = [
        packet.pts + packet.duration
        for packet in container.demux(stream)
        if packet.pts is not None and packet.duration and not packet.is_discard
    ]
    start = stream.start_time or 0
    return float((max(ends) - start) * stream.time_base) if ends else 0.0


def _prefer_pyav(container: Any, stream: Any) -> str | None:
    codec = stream.codec_context
    if _is_interlaced(container, stream):
        return "interlaced: OpenCV 5 does not convert its frames"
    if is_wide_colour(codec):
        return "HDR: versions of OpenCV map its colours differently"
    if codec.name in ("av1", "libdav1d", "libaom-av1"):
        return "AV1: OpenCV comes without a decoder"
    return None


def _is_interlaced(container: Any, stream: Any) -> bool:
    order = getattr(stream.codec_context, "field_order", None)
    if order is not None:
        return order in _FIELD_ORDERS
    # PyAV 17, the last for Python 3.10, has no field order of a stream; the first frame has one.
    frame = next(container.decode(stream), None)
    return frame is not None and bool(frame.interlaced_frame)
