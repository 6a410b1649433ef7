"""Progress of a run, for bars and dashboards."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid.card import Card
from edgevid.pipeline.threads import Threads
from edgevid.pipeline.totals import RunTotals


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run; handed to ``on_progress`` about twenty times a second."""

    frames_read: int
    frames_analysed: int
    frames_dropped: int
    pts_seconds: float
    total_frames: int | None
    duration_seconds: float | None
    live: bool
    latency_seconds: float | None
    """From grab to prediction, the newest."""
    label: str | None
    """Top class of the newest prediction; None during warm-up."""
    score: float | None
    num_events: int


def progress_of(threads: Threads, card: Card, totals: RunTotals) -> Progress:
    """Progress at this time.

    Args:
        threads: Those of the run.
        card: Of the model.
        totals: Counts so far.
    """
    info, stream = threads.info, threads.inference.stream
    latest = stream.latest
    valid = latest is not None and latest.valid
    return Progress(
        frames_read=threads.capture.num_read,
        frames_analysed=stream.num_analysed,
        frames_dropped=sum(threads.ring.drops.values()),
        pts_seconds=threads.capture.last_seconds,
        total_frames=info.num_frames,
        duration_seconds=info.duration_seconds,
        live=info.live,
        latency_seconds=stream.latency_seconds,
        label=card.class_names[latest.top] if latest and valid else None,
        score=float(latest.scores[latest.top]) if latest and valid else None,
        num_events=totals.num_events,
    )
