"""Contract of every backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.backends.golden import golden_inputs
from edgevid.card import Card
from edgevid.golden import golden_clip
from edgevid.interfaces import Backend
from edgevid.testing.expect import expect

Array = npt.NDArray[Any]

_FRAMES = 12
_RESET_AT = 7
_TOLERANCE = 1e-4


def check_backend(backend: Backend, card: Card) -> None:
    """Check that streams keep their own state in any batch, and that outputs stay as handed out.

    Args:
        backend: Open; it is not closed.
        card: Of its bundle, in ``frame`` or ``stream`` mode.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    expect(bool(backend.name and backend.provider), "a backend must report what executes the model")
    expect("device" in backend.report, "a backend's report must name its device")
    first, second = _drive(card, seed=1), _drive(card, seed=2)
    alone = _run(backend, [first])[0]
    _same(alone, _run(backend, [first])[0], "memory None must start a stream anew")
    together = _run(backend, [first, second])
    _same(alone, together[0], "a stream must not depend on the others of its batch")
    _same(_run(backend, [second])[0], together[1], "each stream of a batch has its own state")
    _check_order(backend, first, second)
    _check_coming_and_going(backend, card, first, second)


def _check_order(backend: Backend, first: Sequence[Array], second: Sequence[Array]) -> None:
    expected = [_run(backend, [frames])[0] for frames in (first, second)]
    streams = (first, second)
    memories: list[Any] = [None, None]
    order = [0, 1]
    for index in range(_FRAMES):
        outputs, memories = backend.run(
            {"frames": _batch(*(streams[i][index] for i in order))}, memories
        )
        _same(
            [expected[i][index] for i in order],
            list(outputs["logits"]),
            "a stream must keep its state when the order of the batch changes",
        )
        order, memories = order[::-1], list(memories)[::-1]


def _check_coming_and_going(
    backend: Backend, card: Card, first: Sequence[Array], second: Sequence[Array]
) -> None:
    expected = _run(backend, [first])[0]
    memories: list[Any] = [None, None]
    outputs, memories = backend.run({"frames": _batch(first[0], second[0])}, memories)
    logits = outputs["logits"].copy()
    later, [memory] = backend.run({"frames": _batch(first[1])}, [memories[0]])
    expect(
        np.array_equal(outputs["logits"], logits), "a later run must not change handed-out outputs"
    )
    _same(expected[1:2], [later["logits"][0]], "a stream may go on without the others")
    if card.state_tensors:
        fresh, _ = backend.run({"frames": _batch(first[1])}, [None])
        expect(
            not np.array_equal(fresh["logits"][0], expected[1]),
            "a stream's state must be carried to its next frame",
        )
        states = backend.states([memory])
        expect(
            {name: value.shape for name, value in states.items()}
            == {s.name: (1, *s.shape) for s in card.state_tensors},
            "states must come by the names and shapes of the card",
        )
        outputs, _ = backend.run({"frames": _batch(first[2])}, backend.remember(states))
        _same(expected[2:3], [outputs["logits"][0]], "remember must accept what states returned")


def _drive(card: Card, *, seed: int) -> list[Array]:
    height, width = card.input_size or (64, 64)
    clip = golden_clip(_FRAMES, height, width, seed=seed)
    return [inputs["frames"][0] for _, inputs, _ in golden_inputs(card, clip, _RESET_AT)]


def _run(backend: Backend, streams: Sequence[Sequence[Array]]) -> list[list[Array]]:
    memories: list[Any] = [None] * len(streams)
    found: list[list[Array]] = [[] for _ in streams]
    for frames in zip(*streams, strict=True):
        outputs, memories = backend.run({"frames": _batch(*frames)}, memories)
        for row, logits in zip(found, outputs["logits"], strict=True):
            row.append(logits.copy())
    return found


def _batch(*frames: Array) -> Array:
    return np.stack(frames)


def _same(expected: Sequence[Array], got: Sequence[Array], rule: str) -> None:
    one, other = np.stack(expected), np.stack(got)
    spread = max(float(np.ptp(one)), 1e-6)
    expect(bool(np.abs(one - other).max() <= _TOLERANCE * spread), rule)
