"""Timings of a batch: wall and processor time of its stages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, Field


@dataclass
class Clock:
    """Wall and processor time of one stage in this process."""

    seconds: float = 0.0
    core_seconds: float = 0.0
    """Processor time of all threads of this process."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what is done inside."""
        began, cores_began = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began
            self.core_seconds += time.process_time() - cores_began


@dataclass
class Work:
    """Counters and clocks of an engine."""

    survey_core_seconds: float = 0.0
    decode_core_seconds: float = 0.0
    inference: Clock = field(default_factory=Clock)
    num_frames: int = 0
    num_steps: int = 0


class Timings(BaseModel):
    """Timings of one run; work of earlier runs is not included."""

    wall_seconds: float = Field(default=0.0, description="Total, including opening the model.")
    survey_core_seconds: float | None = Field(
        default=None,
        description="Processor time for surveying drives, all processes; null if unknown.",
    )
    decode_core_seconds: float | None = Field(
        default=None, description="Processor time for decoding and resizing, all processes."
    )
    inference_seconds: float | None = Field(
        default=None, description="Time in which the model computed; decoding runs in parallel."
    )
    inference_core_seconds: float | None = Field(
        default=None, description="Processor time of the model's threads."
    )
    tables_seconds: float = Field(
        default=0.0, description="Time for events and tables, at the end."
    )
    frames_scored: int | None = None
    mean_batch: float | None = Field(
        default=None, description="Mean number of streams per inference step."
    )
    video_hours: float = Field(default=0.0, description="Length of the drives scored in this run.")
    video_hours_per_hour: float = Field(
        default=0.0, description="Hours of video per hour of run time."
    )

    def add(self, work: Work) -> None:
        """Add what an engine has done."""
        self.survey_core_seconds = round(work.survey_core_seconds, 3)
        self.decode_core_seconds = round(work.decode_core_seconds, 3)
        self.inference_seconds = round(work.inference.seconds, 3)
        self.inference_core_seconds = round(work.inference.core_seconds, 3)
        self.frames_scored = work.num_frames
        self.mean_batch = round(work.num_frames / max(work.num_steps, 1), 2)

    def finish(self, wall_seconds: float, video_seconds: float) -> None:
        """Set the totals."""
        self.wall_seconds = round(wall_seconds, 3)
        self.video_hours = round(video_seconds / 3600, 6)
        self.video_hours_per_hour = round(video_seconds / wall_seconds, 2) if wall_seconds else 0.0
