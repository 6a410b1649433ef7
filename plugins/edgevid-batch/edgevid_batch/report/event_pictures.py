"""Images of peaks, small; once more with a heat-map where the model says where it looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edgevid.interfaces import Model, Overlay, Source
from edgevid.media import Layout, read_layout
from edgevid.types import Frame, Gap, Image, Prediction
from edgevid_batch.chunks import Chunk
from edgevid_batch.decoding import NotExactError, decode
from edgevid_batch.report.peaks import EventPeak

_WIDTH_PX, _HEIGHT_PX = 288, 288
"""At most."""
_QUALITY = 78
_SAME = 0.01
"""Scores that differ by more are of another image: its heat-map is not shown."""


@dataclass(frozen=True)
class Mapper:
    """Function that makes heat-maps."""

    model: Model
    """One that gives saliency, open."""
    open_overlay: Callable[[], Overlay]
    """Draws it; a new one for each image."""


class EventPicture:
    """One peak on its way to an image."""

    def __init__(self, peak: EventPeak, mapper: Mapper | None) -> None:
        """Take the frames that are wanted, and what makes heat-maps."""
        self.peak = peak
        self._mapper = mapper
        self._model = model = mapper.model if mapper else None
        self._state = model.open() if model else None
        if self._state is not None:
            self._state.started_seconds = peak.started_seconds
        self._num_taken = 0
        self._prediction: Prediction | None = None
        self.plain: bytes | None = None
        """JPEG."""
        self.heat: bytes | None = None
        """The same with the heat-map."""
        self.top: str | None = None
        """The class that the heat-map is about."""

    @property
    def next_frame(self) -> int | None:
        """Number of the frame that is wanted now; None when all were taken."""
        frames = self.peak.frames
        return int(frames[self._num_taken]) if self._num_taken < len(frames) else None

    def take(self, image: Image) -> None:
        """The frame that is wanted now."""
        place = self._num_taken
        pts = float(self.peak.seconds[place])
        frame = Frame(image, int(self.peak.frames[place]), pts, 0.0, "report")
        self._num_taken += 1
        if self._model is not None and self._state is not None:
            prediction = self._model.step([frame], [self._state])[0]
            self._prediction = prediction or self._prediction
        if self.next_frame is None:
            self._finish(frame)

    def _finish(self, frame: Frame) -> None:
        small = _small(frame.image)
        self.plain = _jpeg(small)
        newest = self._prediction
        if self._mapper is None or newest is None or newest.saliency is None or not newest.valid:
            return
        if not np.allclose(newest.scores, self.peak.scores, atol=_SAME, equal_nan=True):
            return
        overlay = self._mapper.open_overlay()
        overlay.observe(newest, ())
        overlay.draw(small, frame)
        self.heat = _jpeg(small)
        self.top = self._mapper.model.card.class_names[newest.top]


def take_pictures(
    path: Path | None,
    open_source: Callable[[], Source],
    peaks: Sequence[EventPeak],
    mapper: Mapper | None,
) -> list[EventPicture]:
    """Decode peaks of one drive; where that fails, ``plain`` stays None.

    Args:
        path: Of the drive, if it is a file: then it is entered near each peak.
        open_source: A new source of it, not opened yet.
        peaks: Frames that are wanted of it.
        mapper: Makes heat-maps; without it there are none.

    Raises:
        SourceError: If the drive cannot be read.
    """
    wanted = [peak if mapper else peak.alone() for peak in peaks]
    layout = None if path is None else read_layout(path)
    pictures, left = [], []
    for peak in wanted:
        picture = EventPicture(peak, mapper)
        if path is None or layout is None or not _seek(path, layout, picture):
            picture = EventPicture(peak, mapper)
            left.append(picture)
        pictures.append(picture)
    if left:
        _read_through(open_source(), left)
    return pictures


def _seek(path: Path, layout: Layout, picture: EventPicture) -> bool:
    frames = picture.peak.frames
    if frames[-1] >= len(layout.ticks):
        return False
    ticks = layout.ticks[frames]
    first = int(ticks[0])
    chunk = Chunk(
        number=0,
        frames=frames,
        ticks=ticks,
        seconds=picture.peak.seconds,
        starts=np.zeros(0, np.int64),
        started_seconds=picture.peak.started_seconds,
        lead=0,
        exact=0,
        key_ticks=layout.key_before(first),
    )
    keys = [tick for tick in layout.key_ticks.tolist() if tick <= first]
    try:
        for image in decode(path, chunk, keys):
            picture.take(image)
    except NotExactError:
        return False
    return True


def _read_through(source: Source, pictures: Sequence[EventPicture]) -> None:
    """From the start of a file that cannot be entered in its middle."""
    with source:
        source.open()
        for index in _indices(source):
            due = [picture for picture in pictures if picture.next_frame == index]
            image = source.retrieve() if due else None
            for picture in due:
                if image is not None:
                    picture.take(image)
            if all(picture.next_frame is None for picture in pictures):
                return


def _indices(source: Source) -> Iterator[int]:
    while (grabbed := source.grab()) is not None:
        if not isinstance(grabbed, Gap):
            yield grabbed.index


def _small(image: Image) -> Image:
    scale = min(_WIDTH_PX / image.shape[1], _HEIGHT_PX / image.shape[0], 1.0)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return small


def _jpeg(image: Image) -> bytes:
    written, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not written:
        raise ValueError("an image could not be written as JPEG")
    return content.tobytes()
