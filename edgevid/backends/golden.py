"""Whether a backend gives the numbers that PyTorch gave when the bundle was exported."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.backends.bundle import clip_inputs
from edgevid.card import Card
from edgevid.clip_window import ClipWindow
from edgevid.errors import ParityError
from edgevid.golden import golden_clip
from edgevid.interfaces import Backend
from edgevid.types import Image

Array = npt.NDArray[Any]

_LARGEST_CLIP = 2**29
"""Bytes: a card is not trusted to say how much is allocated."""


def check_golden(backend: Backend, card: Card) -> float:
    """Stream the card's golden clip through a backend and compare the logits.

    Args:
        backend: Open.
        card: Of its bundle.

    Returns:
        The largest difference, in parts of the logits' spread.

    Raises:
        ParityError: If the card remembers no numbers, or the first frame that differs.
        InferenceError: If the backend fails.
    """
    tolerance = card.golden.tolerance if card.golden else 0.0
    return _compared(backend, card, tolerance)


def golden_difference(backend: Backend, card: Card) -> float:
    """The same, whatever it is: for bundles whose tolerance is not known yet."""
    return _compared(backend, card, math.inf)


def _compared(backend: Backend, card: Card, tolerance: float) -> float:
    golden = card.golden
    if golden is None:
        raise ParityError(
            f"{card.name}: its card holds no golden logits, so that nothing can be compared; "
            f"write the bundle again with `edgevid export`"
        )
    height, width = card.input_size or (224, 224)
    if golden.num_frames * height * width * 3 > _LARGEST_CLIP:
        raise ParityError(
            f"{card.name}: its golden clip of {golden.num_frames} frames of {width}x{height} is "
            f"larger than {_LARGEST_CLIP // 2**20} MiB; write it again with `edgevid export`"
        )
    clip = golden_clip(golden.num_frames, height, width, seed=golden.seed)
    if hashlib.sha256(clip.tobytes()).hexdigest() != golden.sha256:
        raise ParityError(
            f"{card.name}: this edgevid makes another golden clip than the one that exported the "
            f"bundle; write the bundle again with `edgevid export`"
        )
    memories: list[Any] = [None]
    rows = []
    for _, inputs, first in golden_inputs(card, clip, golden.reset_at):
        if card.has_gradient:
            inputs["target"] = np.array([-1])
        outputs, memories = backend.run(inputs, [None] if first else memories)
        rows.append(outputs["logits"][0])
    if not rows:
        raise ParityError(f"{card.name}: its golden clip is shorter than one window of the model")
    return compare(
        f"{backend.name} ({backend.provider})",
        "logits",
        np.stack(rows),
        np.array(golden.logits, np.float32),
        tolerance,
    )


def golden_inputs(
    card: Card, clip: Image, reset_at: int
) -> Iterator[tuple[int, dict[str, Image], bool]]:
    """Return the inputs of a backend while a clip is streamed to a model of any temporal mode.

    Args:
        card: Of the model.
        clip: uint8 BGR, (T, H, W, 3), frames at the card's rate.
        reset_at: Frame before which the stream starts anew.

    Yields:
        Index of the newest frame, graph inputs for a batch of one, and whether they are a
        stream's first.
    """
    single = card.temporal_mode in ("frame", "stream")
    window = ClipWindow(card.window_seconds, card.input_rate_hz, card.stride_frames)
    for index, frame in enumerate(clip):
        first = index in (0, reset_at)
        if single:
            yield index, {"frames": frame[None]}, first
            continue
        if first:
            window = ClipWindow(card.window_seconds, card.input_rate_hz, card.stride_frames)
        if window.push(frame, index / card.input_rate_hz):
            yield index, clip_inputs(card, [window]), first


def compare(what: str, output: str, got: Array, expected: Array, tolerance: float) -> float:
    """The largest difference of two sequences of outputs, in parts of the spread.

    Args:
        what: Who gave ``got``, for the message.
        output: Name of the graph's output.
        got: (rows, ...).
        expected: The same shape.
        tolerance: In parts of the spread of ``expected``.

    Raises:
        ParityError: Naming the first row beyond the tolerance.
    """
    spread = float(expected.max() - expected.min())
    if got.shape != expected.shape:
        raise ParityError(f"{what}: {output} has shape {got.shape}, not {expected.shape}")
    by_row = np.abs(got - expected).reshape(len(expected), -1).max(axis=1) / max(spread, 1e-12)
    wrong = np.flatnonzero(~(by_row <= tolerance))
    if len(wrong):
        row = int(wrong[0])
        raise ParityError(
            f"{what}: {output} differs from PyTorch at frame {row} by {by_row[row]:.1e} of the "
            f"spread; {tolerance:.0e} is allowed"
        )
    return float(by_row.max())
