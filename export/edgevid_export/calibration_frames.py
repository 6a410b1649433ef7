"""Calibration inputs of int8: frames of training clips, streamed, so that the states are real."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnxruntime.quantization import CalibrationDataReader

from edgevid import Card, ExportError, OnnxRuntimeBackend, resize
from edgevid.backends import golden_inputs

Inputs = dict[str, npt.NDArray[Any]]

_EVERY = 5
"""Neighbouring frames look alike: one in so many is taken."""


class CalibrationFrames(CalibrationDataReader):
    """Graph inputs for ONNX Runtime's calibrator, one after the other."""

    def __init__(self, frames: Sequence[Inputs]) -> None:
        """Take graph inputs, batch of one each."""
        self._frames = iter(frames)

    def get_next(self) -> Inputs | None:
        """The next inputs; None at the end."""
        return next(self._frames, None)


def calibration_frames(
    backend: OnnxRuntimeBackend,
    card: Card,
    clips: Iterable[npt.NDArray[np.uint8]],
    most: int,
) -> list[Inputs]:
    """Stream clips through the fp32 bundle and collect its graph inputs, states included.

    Args:
        backend: Runs the fp32 bundle.
        card: Its card.
        clips: At the card's rate, uint8 BGR, (T, H, W, 3) each.
        most: Maximum number of frames.

    Raises:
        ExportError: If there are no clips.
    """
    collected: list[Inputs] = []
    for inputs in _streamed(backend, card, clips):
        collected.append(inputs)
        if len(collected) == most:
            break
    if not collected:
        raise ExportError("no calibration frames: give a data table with a train split")
    return collected


def _streamed(
    backend: OnnxRuntimeBackend, card: Card, clips: Iterable[npt.NDArray[np.uint8]]
) -> Iterator[Inputs]:
    count = 0
    for clip in clips:
        resized = np.stack([resize(image, card) for image in clip])
        memories: list[Any] = [None]
        for _, inputs, first in golden_inputs(card, resized, reset_at=0):
            if count % _EVERY == 0:
                states = backend.states([None] if first else memories)
                yield {**inputs, **{f"state.{name}": value for name, value in states.items()}}
            _, memories = backend.run(inputs, [None] if first else memories)
            count += 1
