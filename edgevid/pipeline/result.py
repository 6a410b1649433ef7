"""What a run leaves behind: ``run.json``. Its schema is docs/run.schema.json."""

from __future__ import annotations

import platform
from collections import deque
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from edgevid.errors import SinkError
from edgevid.io import write_atomic
from edgevid.pipeline.statistics import StageLatency
from edgevid.records import AvailabilityRecord, EventSummary, GapRecord, event_summary
from edgevid.types import Availability, Event, Gap
from edgevid.version import __version__

SCHEMA_VERSION = 1
_LONGEST_LIST = 1000
"""Lists keep this many of their newest entries; their counts go on."""

_LIBRARIES = ("numpy", "opencv-python", "opencv-python-headless", "onnxruntime",
              "onnxruntime-gpu", "openvino", "torch", "av", "scipy")  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrameCounts(_Part):
    """Every frame of the source is in exactly one of these, except `read`, which is their sum."""

    read: int = Field(description="Frames that the source delivered.")
    analysed: int = Field(description="Frames that the model saw.")
    passed: int = Field(description="Frames between two samples of the model's rate.")
    dropped: dict[str, int] = Field(
        description="Frames lost, by cause: buffer_full, stale, corrupt, not_analysed; "
        "not_recorded: a replay wants a picture that was not kept."
    )


class LabelSummary(_Part):
    """All events of one group of labels."""

    count: int
    seconds: float = Field(description="Sum of durations.")
    by_level: dict[int, int] = Field(
        default_factory=dict, description="Events by the highest level they reached."
    )


class BackendFailure(_Part):
    """A backend that failed in the middle of a run, which went on with another one."""

    at_seconds: float = Field(description="pts of the frame it failed on.")
    backend: str
    provider: str
    error: str
    continued_on: str = Field(description="Backend and provider that went on.")


class SinkOutcome(_Part):
    """How a sink fared."""

    name: str
    target: str | None
    pictures_late: int = Field(description="Pictures left out because the sinks were behind.")
    error: str | None = Field(description="Why it was disabled, if it was.")


class RecordingOutcome(_Part):
    """How the recording fared."""

    directory: str
    pictures: int
    size_bytes: int
    error: str | None = Field(description="Why it ended before the run, if it did.")


class RunResult(_Part):
    """The result of one run."""

    schema_version: Literal[1] = 1
    run_id: str
    status: Literal["finished", "stopped", "failed"]
    started_at: str = Field(description="Wall clock, ISO 8601.")
    elapsed_seconds: float = Field(description="Wall time from start to end.")
    stop_reason: str | None = None
    config: dict[str, Any] = Field(description="Configuration, complete, without passwords.")
    versions: dict[str, str]
    source: dict[str, Any]
    model: dict[str, Any] = Field(description="Name, version, sha256, rate and mode of the card.")
    runs_on: dict[str, Any] = Field(description="Backend and provider that really ran.")
    backend_failures: list[BackendFailure] = Field(
        default_factory=list, description="Backends that failed in the middle of the run."
    )
    backends_rejected: list[dict[str, str]] = Field(
        default_factory=list, description="Candidates that auto passed over, and why."
    )
    buffer_policy: str
    frames: FrameCounts
    covered_seconds: float = Field(description="From the first to the last frame, source time.")
    latency: dict[str, StageLatency] = Field(description="By stage, milliseconds.")
    policy: dict[str, Any] = Field(
        default_factory=dict, description="What the event engine says of its policy."
    )
    events: dict[str, LabelSummary] = Field(description="Closed events by group of labels.")
    availability_seconds: dict[str, float] = Field(
        default_factory=dict, description="Source time spent in each state of availability."
    )
    availability: list[AvailabilityRecord] = Field(
        default_factory=list, description="The newest 1000 changes of availability."
    )
    trip_flagged: bool = Field(
        default=False, description="Whether the policy's limit of serious events was reached."
    )
    recent_events: list[EventSummary] = Field(description="The newest 1000 closed events.")
    num_gaps: int
    gaps: list[GapRecord] = Field(description="The newest 1000 gaps.")
    sinks: list[SinkOutcome]
    recording: RecordingOutcome | None = Field(
        default=None, description="What was recorded for `edgevid replay`, if anything was."
    )
    warnings: list[str]
    errors: list[str]

    @property
    def exit_code(self) -> int:
        """0 if all went well, 1 if something was disabled or failed."""
        return 1 if self.status == "failed" or self.errors else 0

    def write(self, path: Path) -> None:
        """Write as JSON, atomically: a reader sees the old file or the whole new one.

        Raises:
            SinkError: If it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, (self.model_dump_json(indent=2) + "\n").encode())
        except OSError as error:
            raise SinkError(f"{path}: cannot write the run's result: {error.strerror}") from error


class Tally:
    """Collects events, gaps, warnings and errors while a run goes on."""

    def __init__(self) -> None:
        """Start empty."""
        self.labels: dict[str, LabelSummary] = {}
        self.recent: deque[EventSummary] = deque(maxlen=_LONGEST_LIST)
        self.gaps: deque[GapRecord] = deque(maxlen=_LONGEST_LIST)
        self.num_gaps = 0
        self.trip_flagged = False
        self.availability: deque[AvailabilityRecord] = deque(maxlen=_LONGEST_LIST)
        self._state: Availability | None = None
        self._in_state: dict[str, float] = {}
        self.backend_failures: list[BackendFailure] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    @property
    def num_events(self) -> int:
        """Closed events so far."""
        return sum(label.count for label in self.labels.values())

    def event(self, event: Event) -> None:
        """Count an event when it closes."""
        self.trip_flagged |= event.trip_flagged
        if event.phase != "closed":
            return
        old = self.labels.get(event.name, LabelSummary(count=0, seconds=0.0))
        level = event.max_level
        self.labels[event.name] = LabelSummary(
            count=old.count + 1,
            seconds=round(old.seconds + event.duration_seconds, 6),
            by_level=dict(sorted({**old.by_level, level: old.by_level.get(level, 0) + 1}.items())),
        )
        self.recent.append(event_summary(event))

    def available(self, change: Availability) -> None:
        """Note a change of availability."""
        self._leave_state(change.start_seconds)
        self._state = change
        self.availability.append(
            AvailabilityRecord(
                state=change.state, start_seconds=change.start_seconds, reason=change.reason
            )
        )

    def availability_seconds(self, until_seconds: float) -> dict[str, float]:
        """Time spent in each state up to a moment."""
        self._leave_state(until_seconds)
        return {state: round(seconds, 6) for state, seconds in self._in_state.items()}

    def _leave_state(self, now_seconds: float) -> None:
        if self._state is not None and now_seconds > self._state.start_seconds:
            state = self._state.state
            spent = now_seconds - self._state.start_seconds
            self._in_state[state] = self._in_state.get(state, 0.0) + spent
            self._state = replace(self._state, start_seconds=now_seconds)

    def gap(self, gap: Gap) -> None:
        """Count a gap."""
        self.num_gaps += 1
        self.gaps.append(
            GapRecord(
                start_seconds=gap.start_seconds, end_seconds=gap.end_seconds, reason=gap.reason
            )
        )


def library_versions() -> dict[str, str]:
    """Versions of what decides a run's numbers."""
    found = {"edgevid": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
