"""Decodes exactly the frames of a span: those that reading the file through would give.

Containers may land behind the key frame that was asked for, and frames that an open group of
images shows before its key frame lack their references. One algorithm deals with both: seek to
ever earlier key frames until the first whole frame is early enough, else read from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple

from edgevid.errors import SourceLostError
from edgevid.media.frames import to_array
from edgevid.types import Image

_PROGRESSIVE = 1
"""FFmpeg's ``AV_FIELD_PROGRESSIVE``."""


class NotExactError(SourceLostError):
    """A file does not give after a seek what it gives when it is read through."""


class Decoded(NamedTuple):
    """A decoded frame."""

    ticks: int | None
    """Time stamp in the stream's time base; None only where damage is counted."""
    frame: Any
    """``av.VideoFrame``."""


class ExactDecoder:
    """Frames of one file in the order of presentation, from any time on."""

    def __init__(
        self, path: Path, damage: Literal["refuse", "skip", "count"], *, threads: int = 1
    ) -> None:
        """Open the file.

        Args:
            path: A video.
            damage: ``refuse`` it with ``NotExactError``; ``skip`` packets that the container marks
                and raise what the decoder raises; or ``count`` it and go on.
            threads: Of the decoder; 0 lets FFmpeg choose. Those who decode spans run one process
                per core already.

        Raises:
            av.error.FFmpegError: If it cannot be opened.
            IndexError: If it holds no video.
        """
        self._path = path
        self._damage = damage
        self._threads = threads
        self.num_damaged = 0
        self._open()

    def _open(self) -> None:
        import av

        # The prefix keeps FFmpeg from taking a name like "concat:..." for a protocol.
        self.container: Any = av.open(f"file:{self._path.absolute()}")
        try:
            self.stream: Any = self.container.streams.video[0]
        except IndexError:
            self.container.close()
            raise
        self.stream.codec_context.thread_count = self._threads
        if self._threads != 1:
            self.stream.thread_type = "AUTO"
        self._is_at_start = True

    @property
    def is_avi(self) -> bool:
        """AVI has no times of presentation; a tick is one frame, in the order of decoding."""
        return bool(self.container.format.name == "avi")

    def frames_from(
        self, limit: int, seek_ticks: Iterable[int], wanted: frozenset[int] | None = None
    ) -> Iterator[Decoded]:
        """Decode from a time on.

        Args:
            limit: The first frame is shown at this time stamp or before.
            seek_ticks: Where to seek, one after the other, until that is so.
            wanted: As for ``frames``.
        """
        for target in seek_ticks:
            if not self._seek(target):
                break
            frames = _after_key_frame(self.frames(wanted))
            first = next(frames, None)
            if first is not None and first.ticks is not None and first.ticks <= limit:
                yield first
                yield from frames
                return
        if not self._is_at_start:
            # The one way back to the start that every container knows.
            self.close()
            self._open()
        yield from self.frames(wanted)

    def _seek(self, ticks: int) -> bool:
        import av

        self._is_at_start = False
        try:
            self.container.seek(ticks, stream=self.stream, backward=True)
        except (av.error.FFmpegError, OSError, ValueError):
            return False
        return True

    def frames(self, wanted: frozenset[int] | None = None) -> Iterator[Decoded]:
        """Decode from the current place.

        Args:
            wanted: Time stamps; of the other frames only those that come with them are decoded.
                All if None.
        """
        self._is_at_start = False
        decoder = self.stream.codec_context
        skips = wanted is not None and _can_skip(decoder)
        previous: int | None = None
        for packet in self.container.demux(self.stream):
            if packet.is_corrupt and self._damage != "count":
                self._refuse("a packet is damaged")
                continue
            is_wanted = wanted is None or not packet.size or packet.pts in wanted
            if not is_wanted and decoder.codec.intra_only:
                continue
            if skips:
                decoder.skip_frame = "DEFAULT" if is_wanted else "NONREF"
            for frame in self._decode(packet):
                if frame.pts is None or frame.is_corrupt:
                    self._refuse("a frame is damaged")
                if skips and frame.interlaced_frame:
                    self._refuse("fields may come in packets of their own")
                previous = self._ticks_of(frame, previous)
                if previous is not None or self._damage == "count":
                    yield Decoded(previous, frame)

    def _decode(self, packet: Any) -> Sequence[Any]:
        import av

        try:
            frames: Sequence[Any] = packet.decode()
        except av.error.FFmpegError:
            if self._damage != "count":
                raise
            self.num_damaged += 1
            return ()
        return frames

    def _refuse(self, reason: str) -> None:
        if self._damage == "refuse":
            raise NotExactError(f"{self._path}: {reason}")

    def _ticks_of(self, frame: Any, previous: int | None) -> int | None:
        decoded: int | None = frame.dts
        if not self.is_avi:
            return decoded if frame.pts is None else int(frame.pts)
        # The times that FFmpeg makes up for AVI are out of order, and the last frames have none.
        return previous + 1 if decoded is None and previous is not None else decoded

    def close(self) -> None:
        """Close the file."""
        self.container.close()


def decode_span(path: Path, ticks: Sequence[int], seek_ticks: Sequence[int]) -> Iterator[Image]:
    """Decode the frames with some time stamps, with the pixels that reading through gives.

    Args:
        path: A video.
        ticks: Time stamps in the stream's time base, ascending, at least one.
        seek_ticks: Key frames to start from, the nearest first.

    Yields:
        uint8 BGR, (H, W, 3), upright.

    Raises:
        NotExactError: If a frame is missing or damaged: then the file has to be read through.
    """
    import av

    try:
        with closing(ExactDecoder(path, "refuse")) as decoder:
            context = decoder.stream.codec_context
            size_wh = (context.width, context.height)
            remaining = iter(ticks)
            due = next(remaining, None)
            for shown, frame in decoder.frames_from(ticks[0], seek_ticks, frozenset(ticks)):
                if due is None or shown is None:
                    return
                if shown > due:
                    raise NotExactError(f"{path}: no frame comes at its time stamp {due}")
                if shown == due:
                    yield to_array(frame, size_wh)
                    due = next(remaining, None)
            if due is not None:
                raise NotExactError(f"{path}: ends before its time stamp {due}")
    except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
        if isinstance(error, NotExactError):
            raise
        raise NotExactError(f"{path}: {error}") from error


def _after_key_frame(frames: Iterator[Decoded]) -> Iterator[Decoded]:
    is_whole = False
    for decoded in frames:
        is_whole = is_whole or bool(decoded.frame.key_frame)
        if is_whole:
            yield decoded


def _can_skip(decoder: Any) -> bool:
    """Whether frames that no other frame refers to can be left out without a trace.

    H.264 marks them, and a decoder keeps none of them. HEVC's marks hold within a temporal layer
    alone, and VP9 adapts its probabilities to every frame.
    """
    return bool(decoder.name == "h264" and getattr(decoder, "field_order", None) == _PROGRESSIVE)
