"""Pictures of moments, small; once more with a heat-map where the model says where it looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from edgevid.config.options import validate_options
from edgevid.default_plugins.overlays.heatmap import HeatmapOverlay
from edgevid.default_plugins.sources.file import FileSource
from edgevid.interfaces import Model
from edgevid.types import Frame, Gap, Image, Prediction
from edgevid_batch.chunks import Chunk
from edgevid_batch.decoding import NotExactError, decode
from edgevid_batch.layout import Layout, read_layout
from edgevid_batch.report.moments import Moment

_WIDTH_PX, _HEIGHT_PX = 288, 288
"""At most."""
_QUALITY = 78
_SAME = 0.01
"""Scores that differ by more are of another picture: its heat-map is not shown."""


class Shot:
    """One moment on its way to a picture."""

    def __init__(self, moment: Moment, model: Model | None) -> None:
        """Take what is wanted, and a model that gives heat-maps."""
        self.moment = moment
        self._model = model
        self._state = model.open() if model else None
        if self._state is not None:
            self._state.started_seconds = moment.started_seconds
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
        frames = self.moment.frames
        return int(frames[self._num_taken]) if self._num_taken < len(frames) else None

    def take(self, image: Image) -> None:
        """The frame that is wanted now."""
        place = self._num_taken
        pts = float(self.moment.seconds[place])
        frame = Frame(image, int(self.moment.frames[place]), pts, 0.0, "report")
        self._num_taken += 1
        if self._model is not None and self._state is not None:
            said = self._model.step([frame], [self._state])[0]
            self._prediction = said or self._prediction
        if self.next_frame is None:
            self._finish(frame)

    def _finish(self, frame: Frame) -> None:
        small = _small(frame.image)
        self.plain = _jpeg(small)
        said = self._prediction
        if self._model is None or said is None or said.saliency is None or not said.valid:
            return
        if not np.allclose(said.scores, self.moment.scores, atol=_SAME, equal_nan=True):
            return
        overlay = HeatmapOverlay(validate_options(HeatmapOverlay.Options, {}, "overlay heatmap"))
        overlay.observe(said, ())
        overlay.draw(small, frame)
        self.heat = _jpeg(small)
        self.top = self._model.card.class_names[said.top]


def take_shots(path: Path, moments: Sequence[Moment], model: Model | None) -> list[Shot]:
    """Decode moments of one file; where that fails, ``plain`` stays None.

    Args:
        path: The drive.
        moments: What is wanted of it.
        model: One that gives heat-maps, open.

    Raises:
        SourceError: If the drive cannot be read.
    """
    wanted = [moment if model else moment.alone() for moment in moments]
    layout = read_layout(path)
    shots, left = [], []
    for moment in wanted:
        shot = Shot(moment, model)
        if layout is None or not _seek(path, layout, shot):
            shot = Shot(moment, model)
            left.append(shot)
        shots.append(shot)
    if left:
        _read_through(path, left)
    return shots


def _seek(path: Path, layout: Layout, shot: Shot) -> bool:
    frames = shot.moment.frames
    if frames[-1] >= len(layout.ticks):
        return False
    ticks = layout.ticks[frames]
    first = int(ticks[0])
    chunk = Chunk(
        number=0,
        frames=frames,
        ticks=ticks,
        seconds=shot.moment.seconds,
        starts=np.zeros(0, np.int64),
        started_seconds=shot.moment.started_seconds,
        lead=0,
        exact=0,
        key_ticks=layout.key_before(first),
    )
    keys = [tick for tick in layout.key_ticks.tolist() if tick <= first]
    try:
        for image in decode(path, chunk, keys):
            shot.take(image)
    except NotExactError:
        return False
    return True


def _read_through(path: Path, shots: Sequence[Shot]) -> None:
    """From the start of a file that cannot be entered in its middle."""
    options = validate_options(FileSource.Options, {}, "source file")
    with FileSource(str(path), options) as source:
        source.open()
        for index in _indices(source):
            due = [shot for shot in shots if shot.next_frame == index]
            image = source.retrieve() if due else None
            for shot in due:
                if image is not None:
                    shot.take(image)
            if all(shot.next_frame is None for shot in shots):
                return


def _indices(source: FileSource) -> Iterator[int]:
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
        raise ValueError("a picture could not be written as JPEG")
    return content.tobytes()
