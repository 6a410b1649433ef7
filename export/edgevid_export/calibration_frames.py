"""What quantisation looks at: frames of labelled clips, streamed, so that the states are real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from edgevid_train.evaluation.clips import LabelledClip, stream_times
from onnxruntime.quantization import CalibrationDataReader

from edgevid import Card, ExportError, OnnxRuntimeBackend
from edgevid.backends.golden import golden_inputs
from edgevid.preprocess import resize

Inputs = dict[str, npt.NDArray[Any]]

_EVERY = 5
"""Neighbouring frames look alike: one in so many is kept."""


class CalibrationFrames(CalibrationDataReader):  # type: ignore[misc]
    """Hands frames with their states to ONNX Runtime's calibrator."""

    def __init__(self, frames: Sequence[Inputs]) -> None:
        """Take graph inputs, batch of one each."""
        self._frames = iter(frames)

    def get_next(self) -> Inputs | None:
        """The next one."""
        return next(self._frames, None)


def calibration_frames(
    backend: OnnxRuntimeBackend, card: Card, clips: Sequence[LabelledClip], most: int
) -> list[Inputs]:
    """Stream clips through the fp32 bundle and keep graph inputs, states included.

    Args:
        backend: The fp32 bundle.
        card: Its card.
        clips: Labelled stretches.
        most: How many frames to keep.

    Raises:
        ExportError: If there are no clips.
    """
    kept: list[Inputs] = []
    for inputs in _streamed(backend, card, clips):
        kept.append(inputs)
        if len(kept) == most:
            break
    if not kept:
        raise ExportError("no calibration frames: give a data table with a train split")
    return kept


def _streamed(
    backend: OnnxRuntimeBackend, card: Card, clips: Sequence[LabelledClip]
) -> Iterator[Inputs]:
    seen = 0
    for clip in clips:
        images = clip.read(stream_times(clip.duration_seconds, card.input_rate_hz))
        resized = np.stack([resize(image, card) for image in images])
        memories: list[Any] = [None]
        for _, inputs, first in golden_inputs(card, resized, reset_at=0):
            if seen % _EVERY == 0:
                states = backend.states([None] if first else memories)
                yield {**inputs, **{f"state.{name}": value for name, value in states.items()}}
            _, memories = backend.run(inputs, [None] if first else memories)
            seen += 1
