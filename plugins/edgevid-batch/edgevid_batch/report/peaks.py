"""The peak of an event that is shown: the sampled frame with the highest score of its label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.card import Card
from edgevid.types import Floats
from edgevid_batch.memory import memory_of
from edgevid_batch.scored import Scored

_LONGEST = 1000
"""Frames that are scored again for one heat-map, at most."""


@dataclass(frozen=True, eq=False)
class EventPeak:
    """A frame of a drive, and those before it that the model has to see first."""

    frames: npt.NDArray[np.int64]
    """Numbers in the file; the last one is shown, (n,)."""
    seconds: npt.NDArray[np.float64]
    """Their pts."""
    started_seconds: float
    """pts at which the stream started of which they are a part."""
    scores: Floats
    """Scores of the last frame."""

    @property
    def at_seconds(self) -> float:
        """Time of the frame that is shown."""
        return float(self.seconds[-1])

    def alone(self) -> EventPeak:
        """The frame without those before it."""
        return EventPeak(self.frames[-1:], self.seconds[-1:], self.at_seconds, self.scores)


def peak_of(event: Mapping[str, Any], scored: Scored, card: Card) -> EventPeak | None:
    """The peak of an event, with all that a heat-map of it needs; None if no frame was scored."""
    if not len(scored):
        return None
    place = _peak(event, scored, card)
    begin, since = _begin(scored, card, place)
    part = slice(begin, place + 1)
    return EventPeak(
        scored.frame_index[part],
        scored.seconds[part],
        float(scored.seconds[since]),
        scored.scores[place],
    )


def _peak(event: Mapping[str, Any], scored: Scored, card: Card) -> int:
    start, end = event["start_seconds"], event["end_seconds"]
    inside = scored.due & scored.valid & (scored.seconds >= start) & (scored.seconds <= end)
    rows = np.flatnonzero(inside)
    if event["label"] in card.class_names and len(rows):
        values = scored.scores[rows, card.class_names.index(event["label"])]
        return int(rows[np.argmax(np.nan_to_num(values))])
    return int(np.argmin(np.abs(scored.seconds - (start + end) / 2)))


def _begin(scored: Scored, card: Card, place: int) -> tuple[int, int]:
    """Return the start of the model's memory of a frame, and of its last state."""
    long = card.max_gap_seconds
    starts = np.diff(scored.seconds, prepend=-np.inf) > long
    starts[[row for row, gap in scored.gaps if gap.duration_seconds > long]] = True
    since = int(np.flatnonzero(starts[: place + 1])[-1])
    memory = memory_of(card)
    if memory is None or not card.has_cam:
        return place, since
    begin, _ = memory.starts(scored.seconds, since, place)
    return (begin, since) if place - begin <= _LONGEST else (place, since)
