"""Layout of a file: every time stamp and key frame, without decoding an image.

Demuxing a file gives the time of each frame. With that, a drive can be cut by time and
each part be decoded alone; a header's frame count and rate are never asked.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.media.container import inspect
from edgevid.media.opening import describe_missing
from edgevid.media.pts import TS_WRAP_SECONDS, PtsRepair, stream_seconds

_SEEKABLE = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", "flv"})
"""Containers that time every frame. AVI, GIF and program streams do not: they stay whole."""

Ticks = npt.NDArray[np.int64]
Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Layout:
    """The frames of one file, in the order in which they are shown."""

    ticks: Ticks
    """Time stamps as the container has them, (F,), ascending."""
    seconds: Seconds
    """The same on the source's timeline: those that an uninterrupted run gives, (F,)."""
    key_ticks: Ticks
    """Time stamps of key frames, ascending."""

    def key_before(self, ticks: int) -> int | None:
        """The last key frame that is shown at a time or before; None if there is none."""
        place = bisect_right(self.key_ticks, ticks)
        return int(self.key_ticks[place - 1]) if place else None


def read_layout(path: Path) -> Layout | None:
    """Read all packets of a file.

    Returns:
        None where a file does not say enough to be cut, or its times jump: it stays whole.
    """
    try:
        import av
    except ImportError:
        return None
    try:
        with av.open(f"file:{path.absolute()}") as container:
            if container.format.name not in _SEEKABLE or not container.streams.video:
                return None
            stream = container.streams.video[0]
            return _layout(container, stream)
    except (av.error.FFmpegError, OSError, ValueError):
        return None


def _layout(container: Any, stream: Any) -> Layout | None:
    shown, keys = [], []
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.is_corrupt:
            return None
        if packet.is_discard:
            continue
        shown.append(packet.pts)
        if packet.is_keyframe:
            keys.append(packet.pts)
    if not shown or stream.start_time is None:
        return None
    ticks = np.sort(np.asarray(shown, np.int64))
    rate = float(stream.average_rate or stream.guessed_rate or 0) or None
    timeline = PtsRepair(rate, TS_WRAP_SECONDS if container.format.name == "mpegts" else None)
    seconds = np.empty(len(ticks))
    for place, tick in enumerate(ticks):
        seconds[place], gap = timeline.place(
            stream_seconds(int(tick), stream.start_time, stream.time_base)
        )
        if gap is not None:
            return None
    # Repeated stamps cannot be told apart after a seek.
    if timeline.num_repeated:
        return None
    return Layout(ticks, seconds, np.sort(np.asarray(keys, np.int64)))


def missing_from(path: Path, layout: Layout, whole_seconds: float | None) -> str | None:
    """Say that a file ends too early, as a source does when it has read it through.

    Args:
        path: The file.
        layout: Of it.
        whole_seconds: How long the file says that it is.
    """
    last = layout.seconds[-2:]
    interval = float(last[-1] - last[0])
    return describe_missing(inspect(path), float(last[-1]) + interval, interval, whole_seconds)
