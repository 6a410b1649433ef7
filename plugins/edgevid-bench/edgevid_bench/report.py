"""Report of a benchmark: medians, ratios and the machine they hold for."""

from __future__ import annotations

import statistics

from pydantic import Field

from edgevid.strict import StrictModel


class Row(StrictModel):
    """One thing measured, over alternating rounds."""

    name: str
    ms_per_frame: float = Field(description="Median over the rounds.")
    ms_low: float = Field(description="Fastest round.")
    ms_high: float = Field(description="Slowest round.")
    frames_per_second: float

    @classmethod
    def of(cls, name: str, seconds_per_frame: list[float]) -> Row:
        """Summarise the rounds of one measurement."""
        middle = statistics.median(seconds_per_frame)
        return cls(
            name=name,
            ms_per_frame=round(middle * 1e3, 3),
            ms_low=round(min(seconds_per_frame) * 1e3, 3),
            ms_high=round(max(seconds_per_frame) * 1e3, 3),
            frames_per_second=round(1 / middle, 1),
        )


class LiveLatency(StrictModel):
    """Latency from grab to prediction with frames arriving in real time."""

    source_rate_hz: float
    seconds: float
    p50_ms: float
    p95_ms: float
    frames_analysed: int
    frames_dropped: int
    cpu_ms_per_frame: float = Field(description="CPU time of the whole process, per source frame.")


class MachineReport(StrictModel):
    """Machine section of every benchmark report."""

    machine: str
    cores: int
    versions: dict[str, str]


class BenchReport(MachineReport):
    """Result of ``edgevid bench run``."""

    source: str
    model: str
    runs_on: dict[str, object]
    rounds: int
    frames: int
    rows: list[Row]
    ratios: dict[str, float] = Field(
        description="Throughput end to end over that of its slowest stage alone, median of rounds."
    )
    live: LiveLatency | None = None
