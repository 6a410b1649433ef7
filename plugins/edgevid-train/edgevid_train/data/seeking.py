"""Goes to a time in a video and decodes from there, in the order of presentation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
import numpy.typing as npt

from edgevid.types import Image
from edgevid_train.data.errors import DataError
from edgevid_train.data.opening import open_video

_BACK_SECONDS = (0.0, 1.0, 4.0, 16.0)
"""How much earlier to seek when a key frame turns out to be shown after the wanted time."""
_SLACK_SECONDS = 0.0005
_CUT_SECONDS = 1.0
"""A stream that ends this much before its header says was cut short."""
_NEVER_SEEK = frozenset({"mpeg"})
"""Program streams time few of their frames; after a seek FFmpeg guesses the others wrongly."""
_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class _Shown(NamedTuple):
    ticks: int
    frame: Any


class Reader:
    """Reads frames by ascending times from one file."""

    def __init__(self, file: Path, each: Callable[[Image], Image] | None = None) -> None:
        """Open the file.

        Args:
            file: A video.
            each: Applied to each picture that is given out.
        """
        self._file = file
        self._each = each
        self._open()
        self._start: int | None = self._stream.start_time
        if self._is_avi:
            # AVI counts from the first packet, which B-frames put before the first picture.
            first = next(self._decode(), None)
            self._start = first.ticks if first else None

    def _open(self) -> None:
        self._container = open_video(self._file)
        self._stream = self._container.streams.video[0]
        self._tick_seconds = float(self._stream.time_base)
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._is_avi = self._container.format.name == "avi"
        self._is_fresh = True

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def read(self, times: npt.NDArray[np.float64]) -> list[Image]:
        """The pictures at some times.

        Args:
            times: Ascending seconds from the stream's start, (N,).

        Returns:
            N pictures, uint8 RGB (H, W, 3); equal neighbours are one object.

        Raises:
            DataError: If there is no frame or the file was cut short.
        """
        images: list[Image] = []
        now: _Shown | None = None
        picture: Image | None = None
        for following in self._from(float(times[0])):
            while (
                now and len(images) < len(times) and self._is_after(following, times[len(images)])
            ):
                picture = self._picture(now.frame) if picture is None else picture
                images.append(picture)
            if len(images) == len(times):
                return images
            now, picture = following, None
        if now is None:
            raise DataError(
                f"{self._file}: holds no frame with a time that can be decoded; put a bare stream "
                f"into a container: ffmpeg -i IN -c copy OUT.mp4"
            )
        self._check_end(now, float(times[-1]))
        return images + [self._picture(now.frame)] * (len(times) - len(images))

    def everything(self, most: int) -> tuple[npt.NDArray[np.float64], list[Image]]:
        """All pictures of a file that was just opened.

        Args:
            most: A file with more frames gives none.

        Returns:
            From which time on each picture is shown, ascending seconds, (N,), and N pictures,
            uint8 RGB (H, W, 3).

        Raises:
            DataError: If there is no frame or the file was cut short.
        """
        times: list[float] = []
        images: list[Image] = []
        last: _Shown | None = None
        for last in self._from(0.0):
            if len(images) == most:
                return np.empty(0), []
            times.append(self._shown_from(last))
            images.append(self._picture(last.frame))
        if last is None:
            raise DataError(f"{self._file}: holds no frame with a time that can be decoded")
        self._check_end(last, math.inf)
        return np.array(times), images

    def _from(self, seconds: float) -> Iterator[_Shown]:
        """Frames in presentation order, of which the first is shown at the time or before."""
        can_seek = self._start is not None and self._container.format.name not in _NEVER_SEEK
        for back in _BACK_SECONDS if can_seek else ():
            if seconds - back <= 0 or not self._seek(seconds - back):
                break
            frames = self._decode_whole()
            first = next(frames, None)
            if first and not self._is_after(first, seconds):
                yield first
                yield from frames
                return
        if not self._is_fresh:
            # The one way back to the start that every container knows.
            self.close()
            self._open()
        yield from self._decode()

    def _seek(self, seconds: float) -> bool:
        """Go to the key frame at a time or before; False if the container cannot."""
        ticks = int(seconds / self._tick_seconds) + (self._start or 0)
        self._is_fresh = False
        try:
            self._container.seek(ticks, stream=self._stream, backward=True)
        except (av.error.FFmpegError, OSError, ValueError):
            return False
        return True

    def _decode_whole(self) -> Iterator[_Shown]:
        is_whole = False
        for shown in self._decode():
            # What an open group of pictures shows before its key frame lacks its references.
            is_whole = is_whole or bool(shown.frame.key_frame)
            if is_whole:
                yield shown

    def _decode(self) -> Iterator[_Shown]:
        self._is_fresh = False
        before: int | None = None
        for packet in self._container.demux(self._stream):
            if packet.is_corrupt:
                continue
            for frame in packet.decode():
                before = self._ticks(frame, before)
                if before is not None:
                    yield _Shown(before, frame)

    def _ticks(self, frame: Any, before: int | None) -> int | None:
        decoded: int | None = frame.dts
        if not self._is_avi:
            return decoded if frame.pts is None else int(frame.pts)
        # AVI has no times of presentation, and those that FFmpeg makes up are out of order. The
        # last frames have none at all; a tick is one frame.
        return before + 1 if decoded is None and before is not None else decoded

    def _is_after(self, shown: _Shown, seconds: float) -> bool:
        return self._shown_from(shown) > seconds

    def _shown_from(self, shown: _Shown) -> float:
        if self._start is None:
            self._start = shown.ticks
        # Times of frames are rounded to ticks: 2/30 s is 0.067 s in a file that counts ms.
        slack = min(self._tick_seconds / 2, _SLACK_SECONDS)
        return (shown.ticks - self._start) * self._tick_seconds - slack

    def _check_end(self, last: _Shown, wanted: float) -> None:
        declared = self._declared_seconds()
        ticks = last.ticks - (self._start or 0) + (last.frame.duration or 0)
        end = ticks * self._tick_seconds
        if wanted > end and declared - end > _CUT_SECONDS:
            raise DataError(
                f"{self._file}: ends at {end:.1f} s though its header says {declared:.1f} s; the "
                f"file is cut short: copy it again or leave out what lies after"
            )

    def _declared_seconds(self) -> float:
        """How long the header says the stream is; 0 if it does not say."""
        if self._stream.duration:
            return float(self._stream.duration * self._tick_seconds)
        # Matroska says it of the whole file only, from time 0, and the audio may last longer.
        if len(self._container.streams) > 1 or not self._container.duration:
            return 0.0
        return self._container.duration / 1e6 - (self._start or 0) * self._tick_seconds

    def _picture(self, frame: Any) -> Image:
        # One thread: a pool for every frame costs ten times the conversion of a small picture.
        rgb = self._reformatter.reformat(frame, format="rgb24", threads=1)
        image: Image = rgb.to_ndarray()
        # PyAV counts counter-clockwise, OpenCV and people clockwise.
        turn = -int(getattr(frame, "rotation", 0)) % 360
        if turn in _TURNS:
            image = np.asarray(cv2.rotate(image, _TURNS[turn]), np.uint8)
        return self._each(image) if self._each else image
