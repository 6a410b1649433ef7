"""Report of ``edgevid bench batch``."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from edgevid.strict import StrictModel
from edgevid_bench.report import MachineReport

TARGET_TO_INFERENCE = 0.9
TARGET_TO_RUN = 2.0


@dataclass(frozen=True)
class Measured:
    """One measurement of all drives."""

    seconds: float
    core_seconds: float
    """Processor time of all processes."""


class BatchRow(StrictModel):
    """All drives, one way; medians of the rounds."""

    name: str
    seconds: float
    seconds_low: float = Field(description="Fastest round.")
    seconds_high: float = Field(description="Slowest round.")
    video_hours_per_hour: float
    core_seconds_per_video_hour: float

    @classmethod
    def of(cls, name: str, rounds: Sequence[Measured], video_seconds: float) -> BatchRow:
        """Summarise the rounds."""
        seconds = [one.seconds for one in rounds]
        cores = statistics.median(one.core_seconds for one in rounds)
        return cls(
            name=name,
            seconds=round(statistics.median(seconds), 3),
            seconds_low=round(min(seconds), 3),
            seconds_high=round(max(seconds), 3),
            video_hours_per_hour=round(video_seconds / statistics.median(seconds), 1),
            core_seconds_per_video_hour=round(cores / video_seconds * 3600, 1),
        )


class Ratio(StrictModel):
    """A comparison of the whole batch, round by round."""

    name: str
    ratio: float = Field(description="Ratio of throughputs, median of rounds.")
    target: float | None = None


class Shares(StrictModel):
    """Shares of the processor time of the whole batch; they add up to 1."""

    survey: float
    decode: float
    inference: float
    rest: float = Field(description="Starting, sending frames, events, tables.")


class BatchReport(MachineReport):
    """Result of ``edgevid bench batch``."""

    drives: str
    num_drives: int
    video_hours: float
    model: str
    runs_on: dict[str, object]
    batch_size: int
    workers: int
    rounds: int
    frames_scored: int
    inference_frames_per_second: float = Field(description="Batched, alone.")
    rows: list[BatchRow]
    ratios: list[Ratio]
    shares: Shares
    limited_by: Literal["decoding", "inference"] = Field(description="What alone takes longer.")
