"""The result of a run, ``run.json``. Its schema is docs/run.schema.json."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.io import write_atomic
from edgevid.pipeline.statistics import StageLatency
from edgevid.records import AvailabilityRecord, EventSummary, GapRecord
from edgevid.strict import StrictModel
from edgevid.version import __version__

LONGEST_LIST = 1000
"""Lists keep this many of their newest entries; their counts go on."""

_LIBRARIES = ("numpy", "opencv-python", "opencv-python-headless", "onnxruntime",
              "onnxruntime-gpu", "openvino", "torch", "av", "scipy")  # fmt: skip


class FrameCounts(StrictModel):
    """Every frame of the source is in exactly one of these, except `read`, which is their sum."""

    read: int = Field(description="Frames that the source delivered.")
    analysed: int = Field(description="Frames that the model processed.")
    passed: int = Field(description="Frames between two samples of the model's rate.")
    dropped: dict[str, int] = Field(
        description="Frames lost, by cause: buffer_full, stale, corrupt, not_analysed; "
        "not_recorded: a replay needs an image that was not recorded."
    )


class LabelSummary(StrictModel):
    """All events of one group of labels."""

    count: int
    seconds: float = Field(description="Sum of durations.")
    by_level: dict[int, int] = Field(
        default_factory=dict, description="Events by the highest level they reached."
    )


class BackendFailure(StrictModel):
    """A backend that failed during the run, and the one that replaced it."""

    at_seconds: float = Field(description="pts of the frame at which it failed.")
    backend: str
    provider: str
    error: str
    continued_on: str = Field(description="Backend and provider that continued.")


class SinkOutcome(StrictModel):
    """Outcome of a sink."""

    name: str
    target: str | None
    pictures_late: int = Field(description="Images left out because the sinks were too slow.")
    error: str | None = Field(description="Why it was disabled; null if it was not.")


class RecordingOutcome(StrictModel):
    """Outcome of the recording."""

    directory: str
    pictures: int
    size_bytes: int
    error: str | None = Field(description="Why it ended before the run; null if it did not.")


class RunResult(StrictModel):
    """The result of one run."""

    schema_version: Literal[1] = 1
    run_id: str
    status: Literal["finished", "stopped", "failed"]
    started_at: str = Field(description="Wall clock, ISO 8601.")
    elapsed_seconds: float = Field(description="Wall time from start to end.")
    stop_reason: str | None = None
    config: dict[str, Any] = Field(description="Complete configuration, without passwords.")
    versions: dict[str, str]
    source: dict[str, Any]
    model: dict[str, Any] = Field(description="Name, version, sha256, rate and mode of the card.")
    runs_on: dict[str, Any] = Field(description="Backend and provider that were used.")
    backend_failures: list[BackendFailure] = Field(
        default_factory=list, description="Backends that failed during the run."
    )
    backends_rejected: list[dict[str, str]] = Field(
        default_factory=list, description="Candidates that auto rejected, and why."
    )
    buffer_policy: str
    frames: FrameCounts
    covered_seconds: float = Field(description="From the first to the last frame, source time.")
    latency: dict[str, StageLatency] = Field(description="By stage, milliseconds.")
    policy: dict[str, Any] = Field(
        default_factory=dict, description="The event policy, as the event engine reports it."
    )
    events: dict[str, LabelSummary] = Field(description="Closed events by group of labels.")
    availability_seconds: dict[str, float] = Field(
        default_factory=dict, description="Source time in each state of availability."
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
        default=None, description="Recording for `edgevid replay`; null without one."
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


def library_versions() -> dict[str, str]:
    """Versions of what decides a run's numbers."""
    found = {"edgevid": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
