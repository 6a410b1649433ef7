"""Values with sensible defaults, so that a test only says what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgevid.card import Card
from edgevid.interfaces import RunInfo
from edgevid.types import Event, Frame, Prediction, SourceInfo


def make_frame(
    index: int = 0,
    *,
    pts_seconds: float | None = None,
    level: int | None = None,
    size: tuple[int, int] = (48, 64),
    source_id: str = "synthetic",
) -> Frame:
    """A read-only frame of one grey level.

    Args:
        index: Of the frame.
        pts_seconds: ``index / 10`` if None.
        level: Grey level; ``index`` modulo 256 if None.
        size: (height, width).
        source_id: Of the frame.
    """
    image = np.full((*size, 3), index % 256 if level is None else level, np.uint8)
    image.flags.writeable = False
    pts = index / 10 if pts_seconds is None else pts_seconds
    return Frame(image, index, pts, pts, source_id)


def make_card(class_names: Sequence[str] = ("calm", "busy"), **fields: Any) -> Card:
    """A card of a stream model at 10 Hz."""
    base: dict[str, Any] = {
        "name": "fake",
        "class_names": tuple(class_names),
        "temporal_mode": "stream",
        "input_rate_hz": 10.0,
    }
    return Card.model_validate(base | fields)


def make_prediction(
    scores: Sequence[float] = (0.9, 0.1), *, pts_seconds: float = 0.0, **fields: Any
) -> Prediction:
    """A valid prediction at one moment."""
    base: dict[str, Any] = {
        "scores": np.array(scores, np.float32),
        "start_seconds": pts_seconds,
        "end_seconds": pts_seconds,
        "frame_index": round(pts_seconds * 10),
        "valid": True,
    }
    return Prediction(**(base | fields))


def make_event(label: str = "busy", **fields: Any) -> Event:
    """A closed event of one second."""
    base: dict[str, Any] = {
        "id": "0123456789ab",
        "label": label,
        "start_seconds": 1.0,
        "end_seconds": 2.0,
        "phase": "closed",
        "peak_score": 0.9,
        "mean_score": 0.8,
        "reason": "made for a test",
    }
    return Event(**(base | fields))


def make_run_info(**fields: Any) -> RunInfo:
    """A session over a synthetic source and a fake model."""
    base: dict[str, Any] = {
        "source": SourceInfo("synthetic", "synthetic", False, 64, 48, rate_hz=10.0),
        "card": make_card(),
        "runs_on": {"backend": "numpy", "provider": "cpu"},
        "run_id": "test",
        "started_at": "2026-01-01T00:00:00+00:00",
    }
    return RunInfo(**(base | fields))
