"""Decodes exactly the frames of a chunk, from its key frame on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from edgevid.batch.chunks import Chunk
from edgevid.errors import SourceLostError
from edgevid.media.pyav import bgr_of
from edgevid.types import Image

_EARLIER = 3
"""Key frames to go back, one by one, when a container lands behind the one that was asked for."""
_PROGRESSIVE = 1
"""FFmpeg's ``AV_FIELD_PROGRESSIVE``."""


class NotExactError(SourceLostError):
    """A file does not give after a seek what it gives when it is read through."""


def decode(path: Path, chunk: Chunk, key_ticks: list[int]) -> Iterator[Image]:
    """The pictures of a chunk's frames, uint8 BGR (H, W, 3), in order.

    Args:
        path: A file.
        chunk: A part of it.
        key_ticks: All key frames of the file at or before the chunk's first frame, ascending.

    Raises:
        NotExactError: If a frame is missing or damaged: then the file has to be read through.
    """
    import av

    try:
        with ExitStack() as opened:
            yield from _wanted(path, _frames_from(path, opened, chunk, key_ticks), chunk)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, NotExactError):
            raise
        raise NotExactError(f"{path}: {error}") from error


def _wanted(path: Path, frames: Iterator[tuple[int, Any]], chunk: Chunk) -> Iterator[Image]:
    wanted = iter(chunk.ticks.tolist())
    tick = next(wanted, None)
    for shown, frame in frames:
        if tick is None:
            return
        if shown > tick:
            raise NotExactError(f"{path}: no frame comes at its time stamp {tick}")
        if shown == tick:
            yield bgr_of(frame)
            tick = next(wanted, None)
    if tick is not None:
        raise NotExactError(f"{path}: ends before its time stamp {tick}")


def _open(path: Path, opened: ExitStack) -> tuple[Any, Any]:
    import av

    container = opened.enter_context(av.open(f"file:{path.absolute()}"))
    stream = container.streams.video[0]
    # Workers are as many as there are cores already.
    stream.codec_context.thread_count = 1
    return container, stream


def _frames_from(
    path: Path, opened: ExitStack, chunk: Chunk, key_ticks: list[int]
) -> Iterator[tuple[int, Any]]:
    """Time stamp and frame, from the chunk's key frame or one before it."""
    container, stream = _open(path, opened)
    first = int(chunk.ticks[0])
    wanted = frozenset(chunk.ticks.tolist())
    earlier = key_ticks[-_EARLIER:] if chunk.key_ticks is not None else []
    for target in reversed(earlier):
        container.seek(target, stream=stream, backward=True)
        frames = _after_key(_frames(container, stream, wanted))
        opening = next(frames, None)
        if opening is not None and opening[0] <= first:
            yield opening
            yield from frames
            return
    if earlier:
        # The one way back to the start that every container knows.
        opened.close()
        container, stream = _open(path, opened)
    yield from _frames(container, stream, wanted)


def _after_key(frames: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """What an open group of pictures shows before its key frame lacks its references."""
    whole = False
    for shown, frame in frames:
        whole = whole or bool(frame.key_frame)
        if whole:
            yield shown, frame


def _frames(container: Any, stream: Any, wanted: frozenset[int]) -> Iterator[tuple[int, Any]]:
    """Time stamp and frame: all that are wanted, and of the others those that come with them."""
    decoder = stream.codec_context
    alone = decoder.codec.intra_only
    skips = _can_skip(decoder)
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise NotExactError(f"{container.name}: a packet is damaged")
        is_wanted = not packet.size or packet.pts in wanted
        if alone and not is_wanted:
            continue
        if skips:
            decoder.skip_frame = "DEFAULT" if is_wanted else "NONREF"
        for frame in packet.decode():
            if frame.pts is None or frame.is_corrupt:
                raise NotExactError(f"{container.name}: a frame is damaged")
            if skips and frame.interlaced_frame:
                raise NotExactError(f"{container.name}: fields may come in packets of their own")
            yield frame.pts, frame


def _can_skip(decoder: Any) -> bool:
    """Whether frames that no other frame refers to can be left out without a trace.

    H.264 marks them, and a decoder keeps none of them. HEVC's marks hold within a temporal layer
    alone, and VP9 adapts its probabilities to every frame.
    """
    return bool(decoder.name == "h264" and decoder.field_order == _PROGRESSIVE)
