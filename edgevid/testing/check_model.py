"""Contract of every model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgevid.interfaces import Model
from edgevid.testing.expect import expect
from edgevid.types import Frame, Prediction

_EXTRA_STEPS = 6


def check_model(model: Model, *, size: tuple[int, int] = (96, 128)) -> None:
    """Check shapes, times, warm-up, independence of streams, reset, and that frames stay as is.

    Args:
        model: Open; it is not closed.
        size: (height, width) of the frames to try.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    card = model.card
    wait = max(card.warmup_seconds, card.window_seconds)
    count = int(wait * card.input_rate_hz) + card.stride_frames + _EXTRA_STEPS
    first, second = _drive(model, count, size, seed=1), _drive(model, count, size, seed=2)

    alone = _run(model, [first])[0]
    expect(any(p is not None for p in alone), "a model must predict once it has warmed up")
    for prediction, frame in zip(alone, first, strict=True):
        if prediction is not None:
            _check_prediction(model, prediction, frame, first[0], wait)
    _check_same(alone, _run(model, [first])[0], "a fresh state must give the same predictions")
    together = _run(model, [first, second])
    _check_same(alone, together[0], "a stream's predictions must not depend on other streams")
    _check_same(
        _run(model, [second])[0], together[1], "each stream of a batch must keep its own state"
    )
    _check_reset(model, first, alone)
    for frame, again in zip(first, _drive(model, count, size, seed=1), strict=True):
        expect(np.array_equal(frame.image, again.image), "a model must not change its frames")


def _check_prediction(
    model: Model, prediction: Prediction, frame: Frame, first: Frame, wait: float
) -> None:
    scores, number = prediction.scores, len(model.card.class_names)
    expect(scores.shape == (number,), f"{number} classes need {number} scores, got {scores.shape}")
    expect(bool(np.isfinite(scores).all()), "scores must be finite")
    expect(bool(((scores >= 0) & (scores <= 1)).all()), "scores must be in [0, 1]")
    if model.card.activation == "softmax":
        expect(abs(float(scores.sum()) - 1) < 1e-3, "softmax scores must sum to 1")
    expect(prediction.end_seconds == frame.pts_seconds, "a prediction ends at its newest frame")
    expect(prediction.start_seconds <= prediction.end_seconds, "start must not be after end")
    early = frame.pts_seconds - first.pts_seconds < wait - 0.5 / model.card.input_rate_hz
    expect(not (early and prediction.valid), "a prediction of the warm-up must not be valid")
    saliency = prediction.saliency
    if saliency is not None:
        expect(saliency.ndim == 2, f"saliency must be (h, w), got {saliency.shape}")
        expect(float(saliency.min()) >= 0 and float(saliency.max()) <= 1, "saliency in [0, 1]")


def _check_reset(model: Model, frames: Sequence[Frame], alone: Sequence[Prediction | None]) -> None:
    state = model.open()
    for frame in frames:
        model.step([frame], [state])
    state.reset()
    again = [model.step([frame], [state])[0] for frame in frames]
    _check_same(alone, again, "after a reset a stream must be as new")


def _drive(model: Model, count: int, size: tuple[int, int], *, seed: int) -> list[Frame]:
    random = np.random.default_rng(seed)
    frames = []
    for index in range(count):
        image = random.integers(0, 256, (*size, 3), dtype=np.uint8)
        image.flags.writeable = False
        pts = index / model.card.input_rate_hz
        frames.append(Frame(image, index, pts, pts, f"stream{seed}"))
    return frames


def _run(model: Model, streams: Sequence[Sequence[Frame]]) -> list[list[Prediction | None]]:
    states = [model.open() for _ in streams]
    found: list[list[Prediction | None]] = [[] for _ in streams]
    for frames in zip(*streams, strict=True):
        for row, prediction in zip(found, model.step(list(frames), states), strict=True):
            row.append(prediction)
    return found


def _check_same(
    expected: Sequence[Prediction | None], got: Sequence[Prediction | None], rule: str
) -> None:
    for one, other in zip(expected, got, strict=True):
        expect((one is None) == (other is None), rule)
        if one is not None and other is not None:
            expect(bool(np.allclose(one.scores, other.scores, atol=1e-4)), rule)
            expect(one.valid == other.valid, rule)
