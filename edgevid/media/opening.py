"""Choice of the decoder of a file; every fault of the file becomes a one-line error."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgevid.errors import SourceOpenError
from edgevid.media.container import Container, inspect
from edgevid.media.facts import INSTALL, StreamFacts, has_pyav, read_facts
from edgevid.media.opencv_reader import OpenCVReader, is_undecoded
from edgevid.media.pts import TS_WRAP_SECONDS, PtsRepair
from edgevid.media.reader import VideoReader
from edgevid.media.watched import WatchedReader

_COUNTED = frozenset({"mp4", "avi", "gif"})
"""Containers whose header counts frames; elsewhere the count is a rate times a duration."""


@dataclass(frozen=True, slots=True)
class Video:
    """An open file; ``reader.grab`` gives its first frame next."""

    reader: VideoReader
    container: Container
    duration_seconds: float | None
    """Duration from the header."""
    num_frames: int | None
    """Frames that are shown, where the header counts them."""
    reason: str | None
    """Reason why PyAV decodes it; None if OpenCV does."""

    def new_timeline(self) -> PtsRepair:
        """Repair of this file's time stamps."""
        return PtsRepair(self.reader.info.rate_hz, _wrap_seconds(self.container))

    def missing(self, timeline: PtsRepair) -> str | None:
        """Say that the file ended too early, or None.

        Args:
            timeline: Of the whole file.
        """
        end = timeline.end_seconds
        interval = end - timeline.last_seconds
        return describe_missing(self.container, end, interval, self.duration_seconds)


def open_video(path: Path) -> Video:
    """Open a video with a reader that decodes it correctly.

    OpenCV does, unless the file is interlaced, HDR or of a codec that OpenCV lacks, and PyAV is
    installed. PyAV checks OpenCV's first frame, and frames that stand still, and takes over where
    they are wrong.

    Raises:
        SourceOpenError: If it cannot be read, holds no video, or OpenCV alone would give images
            that are not in it.
    """
    container = check_file(path)
    try:
        facts = read_facts(path)
    except LookupError as error:
        raise SourceOpenError(f"{path} {error}") from None
    codecs: list[str | None] = []
    for reader in _readers(path, facts):
        if reader.peek():
            return _described(path, reader, container, facts)
        codecs.append(reader.info.codec)
        reader.close()
    if not codecs:
        raise SourceOpenError(unreadable_reason(path, container))
    raise SourceOpenError(
        f"{path}: not a single frame could be decoded (codec {codecs[0] or 'unknown'}); if other "
        f"players show it, {INSTALL}, or convert it: ffmpeg -i IN -c:v libx264 OUT.mp4"
    )


def _readers(path: Path, facts: StreamFacts | None) -> Iterator[VideoReader]:
    """Return the readers that can open a file, the better one first."""
    kinds: list[type[VideoReader]] = [OpenCVReader]
    if facts is not None:
        from edgevid.media.pyav_reader import PyAVReader

        kinds.insert(0 if facts.prefer_pyav else 1, PyAVReader)
    for kind in kinds:
        try:
            reader = kind(path)
        except (OSError, ValueError, IndexError, SourceOpenError):
            continue
        yield WatchedReader(reader) if kind is OpenCVReader and len(kinds) > 1 else reader


def _described(
    path: Path, reader: VideoReader, container: Container, facts: StreamFacts | None
) -> Video:
    info, reason = reader.info, None
    if info.decoder == "PyAV":
        reason = (facts.prefer_pyav if facts else None) or "OpenCV decodes no frame of it"
    elif not has_pyav() and is_undecoded(reader):
        reader.close()
        raise SourceOpenError(
            f"{path}: OpenCV repeats one frame of this file, as with interlaced "
            f"video; {INSTALL}, which decodes it, or convert it: ffmpeg -i IN -vf yadif "
            f"OUT.mp4"
        )
    num_frames = facts.num_frames if facts else info.num_frames
    duration = facts.duration_seconds if facts else None
    if duration is None and info.num_frames and info.rate_hz:
        duration = info.num_frames / info.rate_hz
    wrap = _wrap_seconds(container)
    if duration is not None and wrap and duration > wrap / 2:
        # The clock was started anew in the middle.
        duration = None
    return Video(
        reader, container, duration, num_frames if container.kind in _COUNTED else None, reason
    )


def _wrap_seconds(container: Container) -> float | None:
    return TS_WRAP_SECONDS if container.kind == "mpegts" else None


def describe_missing(
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
    # Without PyAV nobody reads the edit list of an MP4, which may hide frames.
    is_exact = container.kind in _COUNTED and (container.kind != "mp4" or has_pyav())
    if is_short and is_exact:
        return f"nothing could be decoded after {end_seconds:.1f} s{of_whole}"
    return None


def check_file(path: Path) -> Container:
    """Tell apart what the file system can tell apart, before FFmpeg only says no.

    Raises:
        SourceOpenError: If it is not a file with content that may be read.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        # OpenCV takes the whole process down.
        raise SourceOpenError(f"{shown}: its name is not UTF-8; rename it") from None
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceOpenError(f"{path} is a directory; for its images give images:{path}")
        if not stat.S_ISREG(mode):
            raise SourceOpenError(f"{path} is not a regular file")
        if path.stat().st_size == 0:
            raise SourceOpenError(f"{path} is empty (0 bytes)")
        return inspect(path)
    except FileNotFoundError:
        raise SourceOpenError(f"{path}: no such file") from None
    except PermissionError:
        raise SourceOpenError(f"{path}: permission denied; check who may read it") from None
    except OSError as error:
        if isinstance(error, SourceOpenError):
            raise
        raise SourceOpenError(f"{path}: cannot be read: {error.strerror or error}") from error


def unreadable_reason(path: Path, container: Container) -> str:
    """The error message for a file that no reader can open as video."""
    if container.kind == "text":
        return f"{path} holds text, not video"
    if container.kind == "mp4" and not container.has_index:
        return (
            f"{path} is incomplete: its index (moov) is missing, as after a recording that was "
            f"cut off; repair tools need a whole file of the same camera"
        )
    if container.is_cut_off:
        return f"{path} is cut off before its first frame"
    known = f" ({container.kind})" if container.kind else ""
    return (
        f"{path}{known} cannot be read as video: damaged, or in a format that FFmpeg does not know"
    )
