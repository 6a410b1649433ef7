"""Frames by time, from any file: variable rates, B-frames, late starts, stills."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.types import Image
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import kind_of
from edgevid_train.data.opening import one_line, open_video
from edgevid_train.data.seeking import Reader
from edgevid_train.data.stills import read_still

_FAR_SECONDS = 10.0
"""Beyond such a gap between two wanted times, seeking is cheaper than decoding through."""


def frames_at(
    path: str | os.PathLike[str],
    times_seconds: Sequence[float] | npt.NDArray[np.float64],
    *,
    each: Callable[[Image], Image] | None = None,
) -> Image:
    """Read the images that are shown at some times.

    At time t that is the last frame whose time, relative to the stream's start, is not after t, to
    half a tick of the file's clock and half a millisecond. Before the first frame it is the first,
    after the end the last. Ascending times are one pass through the file. A still is the same
    image at any time.

    Args:
        path: A video that FFmpeg knows, or an image that OpenCV knows.
        times_seconds: N times in any order.
        each: Applied to each frame, uint8 RGB (H, W, 3), for example to make it smaller before the
            next is read; it must give the same shape every time.

    Returns:
        uint8 RGB, (N, H, W, 3), upright.

    Raises:
        DataError: If the file cannot be read, is empty, holds no video, is cut short, or changes
            its image size.
    """
    file = Path(path)
    times = np.asarray(times_seconds, np.float64)
    if times.ndim != 1 or not times.size or not np.isfinite(times).all():
        raise DataError(f"{file}: times have shape {times.shape}; give at least one finite number")
    if kind_of(file) == "still":
        image = read_still(file)
        return np.stack([each(image) if each else image] * times.size)
    order = np.argsort(times, kind="stable")
    ascending = times[order]
    cuts = np.flatnonzero(np.diff(ascending) > _FAR_SECONDS) + 1
    images: list[Image] = []
    with one_line(file), closing(Reader(file, each)) as reader:
        for run in np.split(ascending, cuts):
            images += reader.read(run)
    if any(image.shape != images[0].shape for image in images):
        raise DataError(f"{file}: the frame size changes within the file; encode it again")
    result = np.empty((times.size, *images[0].shape), np.uint8)
    for place, image in zip(order, images, strict=True):
        result[place] = image
    return result


def duration_seconds(path: str | os.PathLike[str]) -> float:
    """Time from the first frame to the end of the last, seconds; 0 for a still.

    MP4 and MOV say it in their header. Of other files all packets are read, though not decoded,
    because their headers count the audio too, or guess.

    Raises:
        DataError: If the file cannot be read, is empty or holds no video.
    """
    file = Path(path)
    if kind_of(file) == "still":
        read_still(file)
        return 0.0
    with one_line(file), closing(open_video(file)) as decoder:
        stream = decoder.stream
        if "mp4" in decoder.container.format.name and stream.duration:
            return float(stream.duration * stream.time_base)
        return _scan(decoder.container, stream, file)


def _scan(container: Any, stream: Any, file: Path) -> float:
    first, last = None, None
    for packet in container.demux(stream):
        ticks = packet.dts if packet.pts is None else packet.pts
        if ticks is None:
            continue
        first = ticks if first is None else min(first, ticks)
        end = ticks + (packet.duration or 0)
        last = end if last is None else max(last, end)
    if first is None or last is None:
        raise DataError(f"{file}: holds no frame that has a time")
    return float((last - first) * stream.time_base)
