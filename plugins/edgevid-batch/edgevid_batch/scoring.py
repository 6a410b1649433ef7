"""Scores chunks of many drives together: one model, a batch of streams."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edgevid.interfaces import Model, StreamState
from edgevid.types import Frame, Gap, Image, Prediction
from edgevid_batch.scored import Scored
from edgevid_batch.timings import Work


@dataclass(frozen=True, eq=False)
class FrameBlock:
    """Some frames of a stream, decoded."""

    stream: str
    """Stream of the frames."""
    images: npt.NDArray[np.uint8] | Sequence[Image]
    """uint8 BGR, (n, H, W, 3), or n images."""
    frames: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    starts: frozenset[int] = frozenset()
    """Places before which the state starts anew."""
    started_seconds: float | None = None
    """pts at which the stream really started, if this is not its beginning."""
    gaps: Mapping[int, Gap] = field(default_factory=dict)
    """Gaps that the source reported before a place."""
    is_last: bool = True
    warnings: tuple[str, ...] = ()
    """Defects of the recording, in its last block."""
    core_seconds: float = 0.0
    """Processor time that it took."""


def _pictures(block: FrameBlock) -> Sequence[Image]:
    return [block.images] if isinstance(block.images, np.ndarray) else block.images


class ScoredStream:
    """A chunk, or a whole drive, on its way through the model."""

    def __init__(self, state: StreamState) -> None:
        """Begin with the state of a new stream."""
        self._state = state
        self._blocks: deque[FrameBlock] = deque()
        self._place = 0
        self._frames: list[int] = []
        self._seconds: list[float] = []
        self._predictions: list[Prediction | None] = []
        self._gaps: list[tuple[int, Gap]] = []
        self._is_last = False
        self._warnings: tuple[str, ...] = ()

    def add(self, block: FrameBlock) -> None:
        """More frames, in order."""
        if not self._blocks and not self._seconds:
            self._state.started_seconds = block.started_seconds
        self._blocks.append(block)
        self._is_last = block.is_last
        self._warnings += block.warnings
        self._drop_empty()

    @property
    def is_waiting(self) -> bool:
        """Whether a frame is there."""
        return bool(self._blocks)

    @property
    def is_done(self) -> bool:
        """Whether every frame was scored."""
        return self._is_last and not self._blocks

    @property
    def num_bytes(self) -> int:
        """Size of the images that wait."""
        return sum(image.nbytes for block in self._blocks for image in _pictures(block))

    def next(self) -> tuple[Frame, StreamState]:
        """The frame that is due, and the state to score it with."""
        block, place = self._blocks[0], self._place
        row = len(self._seconds)
        pts = float(block.seconds[place])
        if place in block.gaps:
            self._gaps.append((row, block.gaps[place]))
        if place in block.starts and row:
            self._state.reset()
        self._frames.append(int(block.frames[place]))
        self._seconds.append(pts)
        frame = Frame(block.images[place], int(block.frames[place]), pts, 0.0, block.stream)
        self._place += 1
        return frame, self._state

    def take(self, prediction: Prediction | None) -> None:
        """Return the prediction for the frame handed out last."""
        self._predictions.append(prediction)
        if self._place == len(self._blocks[0].frames):
            self._blocks.popleft()
            self._place = 0
            self._drop_empty()

    def _drop_empty(self) -> None:
        while self._blocks and not len(self._blocks[0].frames):
            self._blocks.popleft()

    def scored(self, num_classes: int) -> Scored:
        """All rows."""
        count = len(self._seconds)
        scores = np.zeros((count, num_classes), np.float32)
        due, valid = np.zeros(count, bool), np.zeros(count, bool)
        starts = np.array(self._seconds, np.float64)
        for row, prediction in enumerate(self._predictions):
            if prediction is not None:
                due[row], valid[row] = True, prediction.valid
                starts[row], scores[row] = prediction.start_seconds, prediction.scores
        return Scored(
            np.array(self._frames, np.int64),
            np.array(self._seconds, np.float64),
            due,
            starts,
            valid,
            scores,
            tuple(self._gaps),
            self._warnings,
        )


class Scorer:
    """Steps through streams together, as many at once as the batch is large."""

    def __init__(self, model: Model, batch_size: int) -> None:
        """Take an open model; its frames come prepared."""
        self._model = model
        self._batch_size = batch_size
        self._streams: dict[str, ScoredStream] = {}
        self.work = Work()

    def add(self, block: FrameBlock) -> None:
        """More frames of a stream, which a first block begins."""
        self.work.decode_core_seconds += block.core_seconds
        if block.stream not in self._streams:
            self._streams[block.stream] = ScoredStream(self._model.open())
        self._streams[block.stream].add(block)

    def discard(self, stream: str) -> None:
        """Forget a stream that could not be decoded to its end."""
        self._streams.pop(stream, None)

    @property
    def num_ready(self) -> int:
        """Streams of which a frame waits."""
        return sum(stream.is_waiting for stream in self._streams.values())

    @property
    def num_bytes(self) -> int:
        """Size of the images that wait."""
        return sum(stream.num_bytes for stream in self._streams.values())

    def step(self) -> dict[str, Scored]:
        """Score one frame of each of the first streams that have one.

        Returns:
            Streams that this completed, and their rows.
        """
        ready = [(n, s) for n, s in self._streams.items() if s.is_waiting][: self._batch_size]
        if ready:
            frames, states = zip(*(stream.next() for _, stream in ready), strict=True)
            with self.work.inference.running():
                predictions = self._model.step(frames, states)
            for (_, stream), prediction in zip(ready, predictions, strict=True):
                stream.take(prediction)
            self.work.num_frames += len(ready)
            self.work.num_steps += 1
        done = [name for name, stream in self._streams.items() if stream.is_done]
        num_classes = len(self._model.card.class_names)
        return {name: self._streams.pop(name).scored(num_classes) for name in done}
