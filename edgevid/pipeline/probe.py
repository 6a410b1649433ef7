"""What a source is: what its header says, and what its frames really do."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from edgevid.interfaces import Grabbed, Source
from edgevid.types import Gap

_LIVE_SECONDS = 5.0
_MIN_GAP_SECONDS = 0.5
_VARIABLE_FRACTION = 0.05
_TIME_BASE_SECONDS = 1.5e-3
"""Containers with a time base of 1 ms shake by as much although the rate is constant."""


class ProbedGap(BaseModel):
    """A missing stretch."""

    model_config = ConfigDict(frozen=True)

    start_seconds: float
    end_seconds: float
    reason: str


class ProbeReport(BaseModel):
    """What a source is. None means unknown."""

    model_config = ConfigDict(frozen=True)

    uri: str = Field(description="Where it comes from, free of passwords.")
    kind: str = Field(description="Name of the source plugin.")
    live: bool
    codec: str | None
    width: int = Field(description="Pixels, after rotation.")
    height: int = Field(description="Pixels, after rotation.")
    rotation_degrees: int
    header_rate_hz: float | None = Field(description="As the header or the driver says.")
    median_rate_hz: float | None = Field(description="From the median interval between frames.")
    mean_rate_hz: float | None = Field(description="Intervals divided by the time they cover.")
    is_variable_rate: bool
    header_num_frames: int | None
    num_frames: int = Field(description="Frames counted.")
    header_duration_seconds: float | None
    duration_seconds: float = Field(
        description="From the first frame to the end of the last one, as measured."
    )
    is_complete: bool = Field(description="False if a time limit ended the measurement.")
    gaps: tuple[ProbedGap, ...]
    num_corrupt: int | None = Field(description="None if the frames were not decoded.")
    warnings: tuple[str, ...]


def probe(
    source: Source,
    *,
    max_seconds: float | None = None,
    progress: Callable[[int, float], None] | None = None,
    decode: bool = False,
) -> ProbeReport:
    """Open a source, watch its frames go by, and close it.

    Args:
        source: Not opened yet.
        max_seconds: Wall-clock limit; None reads a file to its end and a live source for 5 s.
        progress: Called with the number of frames and the newest pts.
        decode: Decode every frame, to count corrupt ones; slower.

    Raises:
        SourceOpenError: If it cannot be opened.
        SourceLostError: If it is lost meanwhile.
    """
    with source:
        info = source.open()
        if max_seconds is None and info.live:
            max_seconds = _LIVE_SECONDS
        deadline = None if max_seconds is None else time.monotonic() + max_seconds
        times: list[float] = []
        gaps: list[Gap] = []
        num_corrupt = 0
        is_complete = True
        while True:
            if deadline is not None and time.monotonic() >= deadline:
                is_complete = info.live
                break
            item = source.grab()
            if item is None:
                break
            if isinstance(item, Gap):
                gaps.append(item)
                continue
            _note(item, times, progress)
            if decode and source.retrieve() is None:
                num_corrupt += 1
        warnings = tuple(source.warnings)
    stamps = np.array(times)
    intervals = np.diff(stamps)
    median = float(np.median(intervals)) if intervals.size else None
    span = float(stamps[-1] - stamps[0]) if stamps.size else 0.0
    return ProbeReport(
        uri=info.uri,
        kind=info.kind,
        live=info.live,
        codec=info.codec,
        width=info.width,
        height=info.height,
        rotation_degrees=info.rotation_degrees,
        header_rate_hz=info.rate_hz,
        median_rate_hz=1 / median if median else None,
        mean_rate_hz=intervals.size / span if span else None,
        is_variable_rate=_is_variable(intervals, median),
        header_num_frames=info.num_frames,
        num_frames=len(times),
        header_duration_seconds=info.duration_seconds,
        duration_seconds=span + (median or 0.0),
        is_complete=is_complete,
        gaps=_gaps(stamps, intervals, median, gaps),
        num_corrupt=num_corrupt if decode else None,
        warnings=warnings,
    )


def _note(item: Grabbed, times: list[float], progress: Callable[[int, float], None] | None) -> None:
    times.append(item.pts_seconds)
    if progress is not None:
        progress(len(times), item.pts_seconds)


def _is_variable(
    intervals: np.ndarray[tuple[int, ...], np.dtype[np.float64]], median: float | None
) -> bool:
    """Whether more than 1 % of the intervals differ by more than rounding can explain."""
    if median is None:
        return False
    off = np.abs(intervals - median) > max(_VARIABLE_FRACTION * median, _TIME_BASE_SECONDS)
    return bool(off.mean() > 0.01)


def _gaps(
    stamps: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    intervals: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    median: float | None,
    reported: list[Gap],
) -> tuple[ProbedGap, ...]:
    """Gaps that the source reported, and long intervals between frames that it did not."""
    found = [
        ProbedGap(start_seconds=g.start_seconds, end_seconds=g.end_seconds, reason=g.reason)
        for g in reported
    ]
    if median is not None:
        for at in np.flatnonzero(intervals > max(3 * median, _MIN_GAP_SECONDS)):
            start, end = float(stamps[at]), float(stamps[at + 1])
            if not any(abs(gap.end_seconds - end) < 1e-6 for gap in reported):
                found.append(
                    ProbedGap(
                        start_seconds=start,
                        end_seconds=end,
                        reason="long interval between two frames",
                    )
                )
    return tuple(sorted(found, key=lambda gap: gap.start_seconds))
