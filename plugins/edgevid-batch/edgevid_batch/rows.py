"""Rows of the tables, from scores and the event engine's output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.card import Card
from edgevid.interfaces import RunInfo
from edgevid.records import event_record
from edgevid_batch.events import EngineOutput
from edgevid_batch.manifest import Entry
from edgevid_batch.scored import Scored

_OF_DRIVE = ("width", "height", "rate_hz", "codec", "started_utc")


def drive_row(
    entry: Entry,
    card: Card,
    policy: Mapping[str, Any],
    output: EngineOutput | None,
    scored: Scored | None,
) -> dict[str, Any]:
    """A row of ``drives``; what a failed one lacks is null."""
    row = {
        "drive": entry.uri,
        "state": entry.state,
        "error": entry.error,
        "size_bytes": entry.size_bytes,
        "sha256": entry.sha256,
        "model": card.name,
        "model_id": entry.model,
        "policy": policy.get("name"),
        "policy_sha256": policy.get("sha256"),
        **{name: (entry.source or {}).get(name) for name in _OF_DRIVE},
    }
    if output is None or scored is None:
        return row
    return row | {
        "duration_seconds": output.end_seconds,
        "exposure_seconds": exposure_seconds(scored, card),
        "warnings": "; ".join(scored.warnings) or None,
        "frames_scored": len(scored),
        "events": len(output.events),
        "max_level": max((event.max_level for event in output.events), default=None),
    }


def exposure_seconds(scored: Scored, card: Card) -> float:
    """Time in which a prediction was valid: between frames that follow each other."""
    steps = np.diff(scored.seconds, prepend=scored.seconds[:1])
    steps[steps > card.max_gap_seconds] = 0.0
    # A clip speaks for the frames since the clip before it.
    lasting = _until_next_due(scored)
    return float(steps[lasting & (steps > 0)].sum())


def _until_next_due(scored: Scored) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether the newest prediction at each row is valid."""
    last = np.maximum.accumulate(np.where(scored.due, np.arange(len(scored)), -1))
    return (last >= 0) & scored.valid[np.maximum(last, 0)]


def event_rows(entry: Entry, session: RunInfo, output: EngineOutput) -> Iterator[dict[str, Any]]:
    """Rows of ``events``."""
    for event in output.events:
        record = event_record(event, session).model_dump(mode="json")
        yield {**record, "drive": entry.uri}


def availability_rows(entry: Entry, output: EngineOutput) -> Iterator[dict[str, Any]]:
    """Rows of ``availability``: each state lasts until the next one."""
    ends = [change.start_seconds for change in output.availability[1:]] + [output.end_seconds]
    for change, end in zip(output.availability, ends, strict=True):
        if end > change.start_seconds:
            yield {
                "drive": entry.uri,
                "state": change.state,
                "start_seconds": change.start_seconds,
                "end_seconds": end,
                "reason": change.reason,
            }


def score_rows(
    entry: Entry, scored: Scored, class_names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Rows of ``scores``: seconds without a valid prediction are left out."""
    for second, predictions, means in per_second(scored):
        yield {
            "drive": entry.uri,
            "second": second,
            "predictions": predictions,
            **{name: float(mean) for name, mean in zip(class_names, means, strict=True)},
        }


def per_second(scored: Scored) -> Iterator[tuple[int, int, npt.NDArray[np.float64]]]:
    """Each second with a valid prediction, how many there are, and the mean score of each class."""
    counted = scored.due & scored.valid
    seconds = np.floor(scored.seconds[counted]).astype(np.int64)
    values = scored.scores[counted]
    found, first, numbers = np.unique(seconds, return_index=True, return_counts=True)
    for second, start, number in zip(found, first, numbers, strict=True):
        inside = values[start : start + number]
        yield int(second), int(number), inside.mean(axis=0, dtype=np.float64)
