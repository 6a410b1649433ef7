"""Segments one label: minimum on and off times, start and end at the evidence itself."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid.default_plugins.events.filter import BandFilter

_ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Band:
    """Parameters of one label's segmentation."""

    tau_seconds: float
    enter: float
    exit: float
    min_on_seconds: float
    min_off_seconds: float


@dataclass(slots=True)
class Segment:
    """A stretch of evidence, growing."""

    start_seconds: float
    last_seconds: float
    """Time of the last evidence."""
    peak: float
    score_sum: float
    num_scores: int
    is_open: bool = False
    """Whether it has lasted for the minimum on time."""

    @property
    def mean(self) -> float:
        """Mean score over the evidence."""
        return self.score_sum / self.num_scores


class Segmenter:
    """Turns the scores of one label into segments."""

    def __init__(self, band: Band) -> None:
        """Start with no evidence."""
        self._band = band
        self._rising_since: float | None = None
        self.reset()

    def reset(self) -> None:
        """Forget scores and the segment in hand."""
        self._filter = BandFilter(self._band.tau_seconds, self._band.enter, self._band.exit)
        self._rising_since = None
        self.segment: Segment | None = None

    def update(
        self, score: float, pts_seconds: float, dt_seconds: float
    ) -> tuple[Segment | None, Segment | None]:
        """Take one score.

        Returns:
            The segment that closed and the segment that opened now, or None.
        """
        evident = score >= self._band.exit
        if not evident:
            self._rising_since = None
        elif self._rising_since is None:
            self._rising_since = pts_seconds
        was_on = self._filter.is_on
        is_on = self._filter.update(score, dt_seconds)
        closed = self._close_if_quiet(pts_seconds)
        if is_on and evident:
            return closed, self._extend(score, pts_seconds)
        if was_on and not is_on and self.segment is not None and not self.segment.is_open:
            # Evidence has to last without a break before it counts: flickers do not add up.
            self.segment = None
        return closed, None

    def _extend(self, score: float, pts_seconds: float) -> Segment | None:
        segment = self.segment
        if segment is None:
            start = pts_seconds if self._rising_since is None else self._rising_since
            segment = self.segment = Segment(start, pts_seconds, score, 0.0, 0)
        segment.last_seconds = pts_seconds
        segment.peak = max(segment.peak, score)
        segment.score_sum += score
        segment.num_scores += 1
        lasted = segment.last_seconds - segment.start_seconds
        if segment.is_open or lasted < self._band.min_on_seconds - _ROUNDING_SECONDS:
            return None
        segment.is_open = True
        return segment

    def _close_if_quiet(self, pts_seconds: float) -> Segment | None:
        segment = self.segment
        if segment is None or self._filter.is_on:
            return None
        if pts_seconds - segment.last_seconds < self._band.min_off_seconds - _ROUNDING_SECONDS:
            return None
        self.segment = None
        return segment if segment.is_open else None
