"""Contract of every explainer."""

from __future__ import annotations

import numpy as np

from edgevid.interfaces import Explainer, Model
from edgevid.testing.expect import expect
from edgevid.types import Floats, Frame, Image

_STEPS = 6


def check_explainer(
    explainer: Explainer, model: Model, *, size: tuple[int, int] = (96, 128)
) -> None:
    """Check shape and range of maps, that they repeat, and that explaining changes nothing.

    Args:
        explainer: Not opened; it is not closed.
        model: Open; one that the explainer can explain.
        size: (height, width) of the frames to try.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    explainer.open(model)
    maps, scores = _run(explainer, model, size, explain=True)
    expect(any(m is not None for m in maps), "an explainer must give a map of some frame")
    for found in maps:
        if found is not None:
            _check_map(found)
    again, _ = _run(explainer, model, size, explain=True)
    for one, other in zip(maps, again, strict=True):
        expect((one is None) == (other is None), "a replay must be explained at the same frames")
        if one is not None and other is not None:
            expect(bool(np.allclose(one, other, atol=1e-4)), "a replay must give the same maps")
    _, alone = _run(explainer, model, size, explain=False)
    expect(
        all(np.array_equal(a, b) for a, b in zip(scores, alone, strict=True)),
        "explaining must not change the model's next scores",
    )


def _check_map(found: Floats) -> None:
    expect(found.ndim == 2, f"a map must be (h, w), got {found.shape}")
    expect(found.dtype == np.float32, f"a map must be float32, got {found.dtype}")
    expect(bool(np.isfinite(found).all()), "a map must be finite")
    expect(float(found.min()) >= 0 and float(found.max()) <= 1, "a map must be in [0, 1]")


def _run(
    explainer: Explainer, model: Model, size: tuple[int, int], *, explain: bool
) -> tuple[list[Floats | None], list[Floats]]:
    maps, scores = [], []
    state = model.open()
    for index, image in enumerate(_pictures(size)):
        frame = Frame(image, index, index / model.card.input_rate_hz, 0.0, "check")
        [prediction] = model.step([frame], [state])
        if prediction is None:
            continue
        scores.append(prediction.scores)
        if explain:
            maps.append(explainer.explain(frame, prediction, state))
    return maps, scores


def _pictures(size: tuple[int, int]) -> list[Image]:
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(_STEPS)]
    for picture in pictures:
        # Who writes into a frame finds out at once.
        picture.flags.writeable = False
    return pictures
