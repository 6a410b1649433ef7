"""Measures a source: the header's claims, and the frames' real times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from edgevid.interfaces import Source
from edgevid.types import Gap, SourceInfo

_Floats = npt.NDArray[np.float64]

_LIVE_SECONDS = 5.0
_SPAN_FRAMES = 10
_MIN_GAP_SECONDS = 0.5
_VARIABLE_FRACTION = 0.05
_TIME_BASE_SECONDS = 1.5e-3
"""Containers with a time base of 1 ms shake by as much although the rate is constant."""


class ProbedGap(BaseModel):
    """A missing interval."""

    model_config = ConfigDict(frozen=True)

    start_seconds: float
    end_seconds: float
    reason: str


class ProbeReport(BaseModel):
    """Facts and measurements of a source. None means unknown."""

    model_config = ConfigDict(frozen=True)

    uri: str = Field(description="URI of the source, without passwords.")
    kind: str = Field(description="Name of the source plugin.")
    live: bool
    codec: str | None
    width: int = Field(description="Pixels, after rotation.")
    height: int = Field(description="Pixels, after rotation.")
    rotation_degrees: int
    header_rate_hz: float | None = Field(description="As stated by the header or the driver.")
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
        # A stalled camera would hold ``grab`` longer than the limit.
        timer = threading.Timer(max_seconds or 0.0, source.interrupt)
        if info.live:
            timer.start()
        try:
            measured = _watch(source, max_seconds, progress, decode)
        finally:
            timer.cancel()
        warnings = tuple(source.warnings)
    return _report(
        info, measured, num_corrupt=measured.num_corrupt if decode else None, warnings=warnings
    )


@dataclass
class _Measured:
    """Counts while frames go by."""

    times: list[float] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    num_corrupt: int = 0
    is_complete: bool = True


def _watch(
    source: Source,
    max_seconds: float | None,
    progress: Callable[[int, float], None] | None,
    decode: bool,
) -> _Measured:
    measured = _Measured()
    deadline = None if max_seconds is None else time.monotonic() + max_seconds
    while True:
        if deadline is not None and time.monotonic() >= deadline:
            measured.is_complete = False
            return measured
        item = source.grab()
        if item is None:
            return measured
        if isinstance(item, Gap):
            measured.gaps.append(item)
            continue
        measured.times.append(item.pts_seconds)
        if progress is not None:
            progress(len(measured.times), item.pts_seconds)
        if decode and source.retrieve() is None:
            measured.num_corrupt += 1


def _report(
    info: SourceInfo, measured: _Measured, *, num_corrupt: int | None, warnings: tuple[str, ...]
) -> ProbeReport:
    stamps = np.array(measured.times)
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
        median_rate_hz=_median_rate(stamps, intervals, median),
        mean_rate_hz=intervals.size / span if span else None,
        is_variable_rate=_is_variable(intervals, median),
        header_num_frames=info.num_frames,
        num_frames=len(measured.times),
        header_duration_seconds=info.duration_seconds,
        duration_seconds=span + (median or 0.0),
        is_complete=info.live or measured.is_complete,
        gaps=_gaps(stamps, intervals, median, measured.gaps),
        num_corrupt=num_corrupt,
        warnings=warnings,
    )


def _is_variable(intervals: _Floats, median: float | None) -> bool:
    """Whether more than 1 % of the intervals differ by more than rounding can explain."""
    if median is None:
        return False
    off = np.abs(intervals - median) > max(_VARIABLE_FRACTION * median, _TIME_BASE_SECONDS)
    return bool(off.mean() > 0.01)


def _median_rate(stamps: _Floats, intervals: _Floats, median: float | None) -> float | None:
    """Over several frames at once if the rate is constant, so that rounding averages out."""
    if not median:
        return None
    if _is_variable(intervals, median):
        return 1 / median
    span = min(_SPAN_FRAMES, intervals.size)
    return float(span / np.median(stamps[span:] - stamps[:-span]))


def _gaps(
    stamps: _Floats,
    intervals: _Floats,
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
