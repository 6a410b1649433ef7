"""Output of the runtime for one drive, read from its event file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.records import (
    EndLine,
    EventLines,
    Line,
    ModelLine,
    PredictionLine,
    SessionLine,
)
from edgevid.types import Availability, Event
from edgevid_train.data.errors import DataError
from edgevid_train.evaluation.events.spans import Span


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as it was in the end."""

    label: str
    group: str
    start_seconds: float
    end_seconds: float
    max_level: int = 0
    detected_seconds: float | None = None
    """Time of detection; None if the file does not say."""

    @property
    def span(self) -> Span:
        """Interval of the event."""
        return self.start_seconds, self.end_seconds


@dataclass(frozen=True, slots=True, eq=False)
class StoredScores:
    """The predictions of a drive."""

    seconds: npt.NDArray[np.float64]
    """Time of the newest frame, (N,)."""
    scores: npt.NDArray[np.float32]
    """(N, K); NaN where a score was not finite."""
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class DriveResult:
    """One drive under one model and policy."""

    path: Path
    """The event file."""
    uri: str
    model: ModelLine
    policy: Mapping[str, Any]
    events: tuple[FoundEvent, ...]
    """In order of their starts."""
    availability: tuple[tuple[str, float], ...] = ()
    """(state, from when on), in order; empty if the engine does not say."""
    predictions: StoredScores | None = None
    unclosed: int = 0
    """Events that never closed: the run was cut off."""
    runs_on: Mapping[str, Any] = field(default_factory=dict)
    has_end: bool = True
    """False if the run was killed, or still goes on."""
    analysed_seconds: float | None = None
    """End of the analysed part of the drive, if the file says."""

    @property
    def last_seconds(self) -> float:
        """The last moment that it speaks of."""
        ends = [event.end_seconds for event in self.events]
        ends += [start for _, start in self.availability]
        ends.append(self.analysed_seconds or 0.0)
        return max(ends, default=0.0)


def read_result(path: Path) -> DriveResult:
    """Read an event file.

    Raises:
        EventFileError: With the line, if it is not valid.
        DataError: If predictions do not fit the model.
    """
    lines = EventLines(path)
    return result_of(path, lines.session, lines)


def result_of(path: Path, session: SessionLine, lines: Iterable[Line]) -> DriveResult:
    """Build the result of a drive from its lines.

    Raises:
        DataError: If predictions do not fit the model.
    """
    events: dict[str, tuple[Event, Event]] = {}
    states: list[tuple[str, float]] = []
    predictions: list[PredictionLine] = []
    end: EndLine | None = None
    for line in lines:
        if isinstance(line, Event):
            first, _ = events.get(line.id, (line, line))
            events[line.id] = (first, line)
        elif isinstance(line, Availability):
            states.append((line.state, line.start_seconds))
        elif isinstance(line, PredictionLine):
            predictions.append(line)
        elif isinstance(line, EndLine):
            end = line
    found = sorted((_event(*pair) for pair in events.values()), key=lambda e: (e.span, e.group))
    until = [line.end_seconds for line in predictions]
    if end is not None and end.end_seconds is not None:
        until.append(end.end_seconds)
    return DriveResult(
        path=path,
        uri=session.source.uri,
        model=session.model,
        policy=session.policy.model_dump(exclude_unset=True),
        events=tuple(found),
        availability=tuple(states),
        predictions=_stored(path, predictions, len(session.model.class_names)),
        unclosed=sum(last.phase != "closed" for _, last in events.values()),
        runs_on=session.runs_on.model_dump(exclude_unset=True),
        has_end=end is not None,
        analysed_seconds=max(until, default=None),
    )


def _event(first: Event, last: Event) -> FoundEvent:
    known = last.detected_seconds
    if known is None and first.phase == "open":
        # It is reported with its evidence up to then.
        known = first.end_seconds
    return FoundEvent(
        label=last.label,
        group=last.group or last.label,
        start_seconds=last.start_seconds,
        end_seconds=last.end_seconds,
        max_level=last.max_level,
        detected_seconds=known,
    )


def _stored(path: Path, lines: Sequence[PredictionLine], num_classes: int) -> StoredScores | None:
    if not lines:
        return None
    if any(len(line.scores) != num_classes for line in lines):
        raise DataError(f"{path}: a prediction has not one score for each of {num_classes} classes")
    scores = [[np.nan if s is None else s for s in line.scores] for line in lines]
    return StoredScores(
        np.array([line.end_seconds for line in lines]),
        np.array(scores, np.float32),
        np.array([line.valid for line in lines]),
    )
