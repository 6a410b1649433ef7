"""Best batch size on this machine: measured once, briefly."""

from __future__ import annotations

import hashlib
import logging
import time

import numpy as np
import numpy.typing as npt

from edgevid import golden_clip
from edgevid.interfaces import Model
from edgevid.types import Frame

_logger = logging.getLogger(__name__)

_SIZES = (1, 2, 4, 8, 16, 32)
_TRIAL_SECONDS = 0.25
_MIN_GAIN = 1.05
"""A larger batch must be that much faster."""
_FRAMES = 6

Clip = npt.NDArray[np.uint8]


def best_batch_size(model: Model) -> int:
    """The smallest batch beyond which it hardly gets faster, and that changes no bit.

    Some runtimes round differently in batches of different sizes. Scores would then depend on what
    else was analysed at the same time, and two runs would not agree: there it is 1.
    """
    size = model.card.input_size
    if size is None:
        return 1
    clip = golden_clip(_FRAMES, *size, seed=0)
    alone = _scores(model, clip, 1)
    best, best_rate = 1, _rate(model, clip, 1)
    for size_ in _SIZES[1:]:
        if not np.array_equal(_scores(model, clip, size_), alone):
            _logger.warning(
                "%s rounds differently in a batch of %d; one stream at a time is scored",
                model.card.name,
                size_,
            )
            return 1
        rate = _rate(model, clip, size_)
        if rate < best_rate * _MIN_GAIN:
            break
        best, best_rate = size_, rate
    return best


def fingerprint(model: Model, batch_size: int) -> str:
    """Fingerprint of a model's outputs: machines with equal ones can share a drive."""
    size = model.card.input_size
    if size is None:
        return ""
    clip = golden_clip(_FRAMES, *size, seed=0)
    return hashlib.sha256(_scores(model, clip, batch_size).tobytes()).hexdigest()


def _frame(model: Model, clip: Clip, step: int, other: int = 0) -> Frame:
    seconds = step / model.card.input_rate_hz
    return Frame(clip[(step + other) % len(clip)], step, seconds, 0.0, "calibration")


def _scores(model: Model, clip: Clip, size: int) -> npt.NDArray[np.float32]:
    """Scores of the last stream of a batch, whose others get the clip shifted."""
    states = [model.open() for _ in range(size)]
    found = []
    for step in range(model.card.num_frames + _FRAMES):
        frames = [_frame(model, clip, step, other) for other in range(size - 1, -1, -1)]
        prediction = model.step(frames, states)[-1]
        if prediction is not None:
            found.append(prediction.scores)
    return np.stack(found) if found else np.zeros((0, 0), np.float32)


def _rate(model: Model, clip: Clip, size: int) -> float:
    """Frames per second."""
    states = [model.open() for _ in range(size)]
    steps, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < _TRIAL_SECONDS or steps < 3:
        model.step([_frame(model, clip, steps)] * size, states)
        steps += 1
    return steps * size / elapsed
