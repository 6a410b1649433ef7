"""Applies a policy to predictions that were stored: events without running the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgevid import Availability, Card, Event, EventEngine, Gap, Prediction, Vehicle
from edgevid.config import validate_options
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import atomic_path
from edgevid.plugins import load_plugins
from edgevid.records import (
    EndLine,
    EventLines,
    Line,
    PolicyLine,
    PredictionLine,
    SessionLine,
)
from edgevid.types import SourceInfo
from edgevid_train.data.errors import DataError
from edgevid_train.evaluation.events.result import DriveResult, result_of


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Outputs of a model for a drive, in order."""

    path: Path
    session: SessionLine
    lines: Sequence[PredictionLine | Gap]


@dataclass(frozen=True, slots=True)
class ReplayOutput:
    """Output of an event engine for one line of a recording."""

    line: PredictionLine | Gap | None
    """Prediction or gap that it followed; None at the end of the stream."""
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
    predictions_and_gaps = [line for line in lines if isinstance(line, PredictionLine | Gap)]
    predictions = [line for line in predictions_and_gaps if isinstance(line, PredictionLine)]
    if not predictions:
        raise DataError(
            f"{path}: holds no predictions, so no policy can be applied to it; run with "
            f"--set 'sinks=[{{name: jsonl, target: FILE, options: {{predictions: true}}}}]', or "
            f"leave out --profile, --set and --curve"
        )
    if any(len(line.scores) != len(session.model.class_names) for line in predictions):
        raise DataError(f"{path}: a prediction has not one score for each class of the model")
    return Recording(path, session, predictions_and_gaps)


def engine_outputs(recording: Recording, engine: EventEngine) -> Iterator[ReplayOutput]:
    """Feed an engine as the inference thread does; of the vehicle nothing is known."""
    engine.open(recording.session.drive_id)
    last = 0.0
    for line in recording.lines:
        last = line.end_seconds
        if isinstance(line, Gap):
            events = engine.gap(line)
        else:
            events = engine.update(_prediction(line), Vehicle())
        yield ReplayOutput(line, engine.take_availability(), events)
    events = engine.finish(last)
    yield ReplayOutput(None, engine.take_availability(), events)


def replay(recording: Recording, engine: EventEngine, *, keep: bool = True) -> DriveResult:
    """The result of a drive under another policy.

    Args:
        recording: Its predictions.
        engine: Fresh; it is closed afterwards.
        keep: Whether the result contains the predictions.
    """
    lines: list[Line] = []
    for output in engine_outputs(recording, engine):
        if keep and output.line is not None:
            lines.append(output.line)
        lines += [*output.availability, *output.events]
    lines.append(EndLine(end_seconds=_last_prediction(recording)))
    policy = {"policy": PolicyLine.model_validate(dict(engine.policy))}
    engine.close()
    return result_of(recording.path, recording.session.model_copy(update=policy), lines)


def rewrite(recording: Recording, engine: EventEngine, card: Card) -> None:
    """Write an event file anew under another policy: as if the model had been run with it."""
    session = recording.session
    jsonl = load_plugins(discover=False).sinks["jsonl"]
    options = validate_options(jsonl.Options, {"predictions": True}, "sink jsonl")
    source = session.source
    run = RunInfo(
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
    )  # fmt: skip
    with (
        atomic_path(recording.path) as part,
        closing(engine),
        jsonl(options, str(part)) as sink,
    ):
        sink.open(run)
        for output in engine_outputs(recording, engine):
            _write(sink, output)


def _write(sink: Sink, output: ReplayOutput) -> None:
    line = output.line
    if isinstance(line, Gap):
        sink.gap(line)
    for change in output.availability:
        sink.availability(change)
    if isinstance(line, PredictionLine):
        sink.prediction(_prediction(line))
    for event in output.events:
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
