"""Applies a policy to predictions that were stored: events without running the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgevid import Availability, Card, Event, EventEngine, Gap, Prediction, Vehicle
from edgevid.default_plugins.sinks.jsonl import JsonlSink
from edgevid.event_file import (
    AvailabilityLine,
    EndLine,
    EventLine,
    EventLines,
    GapLine,
    Line,
    PolicyLine,
    PredictionLine,
    SessionLine,
)
from edgevid.interfaces import RunInfo
from edgevid.types import SourceInfo
from edgevid_train.data.errors import DataError
from edgevid_train.evaluation.events.result import DriveResult, result_of


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a model said of a drive, in the order in which it said it."""

    path: Path
    session: SessionLine
    lines: Sequence[PredictionLine | GapLine]


@dataclass(frozen=True, slots=True)
class Said:
    """What an engine says at one moment."""

    line: PredictionLine | GapLine | None
    """What made it speak; None is the end of the stream."""
    availability: Sequence[Availability]
    events: Sequence[Event]


def read_recording(path: Path) -> Recording:
    """Read the predictions and gaps of an event file.

    Raises:
        EventFileError: If it is not valid.
        DataError: If it holds no predictions.
    """
    lines = EventLines(path)
    session = lines.session
    kept = [line for line in lines if isinstance(line, PredictionLine | GapLine)]
    predictions = [line for line in kept if isinstance(line, PredictionLine)]
    if not predictions:
        raise DataError(
            f"{path}: holds no predictions, so no policy can be applied to it; run with "
            f"--set 'sinks=[{{name: jsonl, target: FILE, options: {{predictions: true}}}}]', or "
            f"leave out --profile, --set and --curve"
        )
    if any(len(line.scores) != len(session.model.class_names) for line in predictions):
        raise DataError(f"{path}: a prediction has not one score for each class of the model")
    return Recording(path, session, kept)


def said_of(recording: Recording, engine: EventEngine) -> Iterator[Said]:
    """Feed an engine as the inference thread does; of the vehicle nothing is known."""
    engine.open(recording.session.drive_id)
    last = 0.0
    for line in recording.lines:
        last = line.end_seconds
        if isinstance(line, GapLine):
            events = engine.gap(Gap(line.start_seconds, line.end_seconds, line.reason))
        else:
            events = engine.update(_prediction(line), Vehicle())
        yield Said(line, engine.take_availability(), events)
    events = engine.finish(last)
    yield Said(None, engine.take_availability(), events)


def replay(recording: Recording, engine: EventEngine, *, keep: bool = True) -> DriveResult:
    """The result of a drive under another policy.

    Args:
        recording: Its predictions.
        engine: Fresh; it is closed afterwards.
        keep: Whether the predictions stay in the result.
    """
    lines: list[Line] = []
    for said in said_of(recording, engine):
        if keep and said.line is not None:
            lines.append(said.line)
        lines += [AvailabilityLine.model_validate(_fields(a)) for a in said.availability]
        lines += [EventLine.model_validate(_fields(e)) for e in said.events]
    lines.append(EndLine(end_seconds=_last_prediction(recording)))
    policy = {"policy": PolicyLine.model_validate(dict(engine.policy))}
    engine.close()
    return result_of(recording.path, recording.session.model_copy(update=policy), lines)


def rewrite(recording: Recording, engine: EventEngine, card: Card) -> None:
    """Write an event file anew under another policy: as if the model had been run with it."""
    session = recording.session
    part = recording.path.with_name(f".{recording.path.name}.part")
    sink = JsonlSink(str(part), JsonlSink.Options(predictions=True))
    source = session.source
    sink.open(
        RunInfo(
            source=SourceInfo(
                source.uri, "file", False, source.width, source.height,
                started_utc=session.started_utc,
            ),
            card=card,
            runs_on=session.runs_on.model_dump(exclude_unset=True),
            run_id="",
            started_at="",
            drive_id=session.drive_id,
            policy=engine.policy,
        )
    )  # fmt: skip
    try:
        for said in said_of(recording, engine):
            _write(sink, said)
        sink.close()
        part.replace(recording.path)
    finally:
        engine.close()
        part.unlink(missing_ok=True)


def _write(sink: JsonlSink, said: Said) -> None:
    line = said.line
    if isinstance(line, GapLine):
        sink.gap(Gap(line.start_seconds, line.end_seconds, line.reason))
    for change in said.availability:
        sink.availability(change)
    if isinstance(line, PredictionLine):
        sink.prediction(_prediction(line))
    for event in said.events:
        sink.event(event)


def _last_prediction(recording: Recording) -> float | None:
    ends = [line.end_seconds for line in recording.lines if isinstance(line, PredictionLine)]
    return ends[-1] if ends else None


def _prediction(line: PredictionLine) -> Prediction:
    return Prediction(
        scores=np.array([np.nan if s is None else s for s in line.scores], np.float32),
        start_seconds=line.start_seconds,
        end_seconds=line.end_seconds,
        frame_index=line.frame_index,
        valid=line.valid,
        source_id=line.source_id,
    )


def _fields(value: Event | Availability) -> dict[str, object]:
    return dataclasses.asdict(value)
