"""Reads the images that are shown at some times of a video."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from edgevid.media import to_array
from edgevid.types import Image
from edgevid_train.data.errors import DataError
from edgevid_train.data.opening import open_video

_BACK_SECONDS = (0.0, 1.0, 4.0, 16.0)
"""Offsets of earlier seeks, when a key frame turns out to be shown after the wanted time."""
_SLACK_SECONDS = 0.0005
_CUT_SECONDS = 1.0
"""A stream that ends this much before its header says was cut short."""
_UNSEEKABLE_FORMATS = frozenset({"mpeg"})
"""Program streams time few of their frames; after a seek FFmpeg guesses the others wrongly."""


class _TimedFrame(NamedTuple):
    ticks: int
    frame: Any


class Reader:
    """Reads frames by ascending times from one file."""

    def __init__(self, file: Path, each: Callable[[Image], Image] | None = None) -> None:
        """Open the file.

        Args:
            file: A video.
            each: Applied to each image that is given out.
        """
        self._file = file
        self._each = each
        self._decoder = open_video(file)
        stream = self._decoder.stream
        self._tick_seconds = float(stream.time_base)
        self._size_wh = (stream.codec_context.width, stream.codec_context.height)
        self._start: int | None = stream.start_time
        if self._decoder.is_avi:
            # AVI counts from the first packet, which B-frames put before the first image.
            first = next(self._decoder.frames(), None)
            self._start = first.ticks if first else None

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()

    def read(self, times: npt.NDArray[np.float64]) -> list[Image]:
        """The images at some times.

        Args:
            times: Ascending seconds from the stream's start, (N,).

        Returns:
            N images, uint8 RGB (H, W, 3); equal neighbours are one object.

        Raises:
            DataError: If there is no frame or the file was cut short.
        """
        images: list[Image] = []
        now: _TimedFrame | None = None
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
        """All images of a file that was just opened.

        Args:
            most: A file with more frames gives none.

        Returns:
            From which time on each image is shown, ascending seconds, (N,), and N images,
            uint8 RGB (H, W, 3).

        Raises:
            DataError: If there is no frame or the file was cut short.
        """
        times: list[float] = []
        images: list[Image] = []
        last: _TimedFrame | None = None
        for last in self._from(0.0):
            if len(images) == most:
                return np.empty(0), []
            if self._start is None:
                self._start = last.ticks
            times.append(self._start_seconds(last.ticks))
            images.append(self._picture(last.frame))
        if last is None:
            raise DataError(f"{self._file}: holds no frame with a time that can be decoded")
        self._check_end(last, math.inf)
        return np.array(times), images

    def _from(self, seconds: float) -> Iterator[_TimedFrame]:
        """Frames in presentation order, of which the first is shown at the time or before."""
        for ticks, frame in self._decoder.frames_from(
            self._last_tick(seconds), self._keys(seconds)
        ):
            if ticks is not None:
                yield _TimedFrame(ticks, frame)

    def _keys(self, seconds: float) -> Iterator[int]:
        """Yield places to seek: ever earlier, up to the start."""
        if self._start is None or self._decoder.container.format.name in _UNSEEKABLE_FORMATS:
            return
        for back in _BACK_SECONDS:
            if seconds - back <= 0:
                return
            yield int((seconds - back) / self._tick_seconds) + self._start

    def _last_tick(self, seconds: float) -> int:
        """The last tick of a frame that is shown at a time."""
        tick = math.ceil((seconds + _SLACK_SECONDS) / self._tick_seconds) + (self._start or 0)
        while self._start_seconds(tick) > seconds:
            tick -= 1
        return tick

    def _is_after(self, shown: _TimedFrame, seconds: float) -> bool:
        if self._start is None:
            self._start = shown.ticks
        return self._start_seconds(shown.ticks) > seconds

    def _start_seconds(self, ticks: int) -> float:
        # Times of frames are rounded to ticks: 2/30 s is 0.067 s in a file that counts ms.
        slack = min(self._tick_seconds / 2, _SLACK_SECONDS)
        return (ticks - (self._start or 0)) * self._tick_seconds - slack

    def _check_end(self, last: _TimedFrame, wanted: float) -> None:
        declared = self._declared_seconds()
        ticks = last.ticks - (self._start or 0) + (last.frame.duration or 0)
        end = ticks * self._tick_seconds
        if wanted > end and declared - end > _CUT_SECONDS:
            raise DataError(
                f"{self._file}: ends at {end:.1f} s though its header says {declared:.1f} s; the "
                f"file is cut short: copy it again or leave out what lies after"
            )

    def _declared_seconds(self) -> float:
        """Duration from the stream's header, seconds; 0 if it has none."""
        container, stream = self._decoder.container, self._decoder.stream
        if stream.duration:
            return float(stream.duration * self._tick_seconds)
        # Matroska says it of the whole file only, from time 0, and the audio may last longer.
        if len(container.streams) > 1 or not container.duration:
            return 0.0
        return float(container.duration / 1e6 - (self._start or 0) * self._tick_seconds)

    def _picture(self, frame: Any) -> Image:
        image = to_array(frame, self._size_wh, "rgb24")
        return self._each(image) if self._each else image
