"""The sink ``timeline``: a chart of all events of a run, availability and gaps."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import directory_target, file_target, write_target
from edgevid.timeline import FORMATS, EventBar, Row, draw_timeline, missing_library, state_bars
from edgevid.types import Availability, Event, Gap, Prediction

_MOST = 5000
"""Number of newest events, changes of availability and gaps to keep, each."""


class TimelineSink(Sink):
    """One lane per group of events, availability below, gaps hatched; written at the end.

    The file appears whole or not at all. A run of weeks shows its newest 5000 events.
    """

    class Options(BaseOptions):
        """Options of the ``timeline`` sink."""

        every_seconds: float | None = Field(
            default=None,
            gt=0,
            allow_inf_nan=False,
            description="Also write it during the run, at this interval of source time. Each time "
            "takes about half a second.",
        )
        last_seconds: float | None = Field(
            default=None,
            gt=0,
            allow_inf_nan=False,
            description="Show only this much of the newest source time. Default: all.",
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._path: Path | None = None
        self._title = ""
        self._open: dict[str, EventBar] = {}
        self._closed: deque[EventBar] = deque(maxlen=_MOST)
        self._changes: deque[Availability] = deque(maxlen=_MOST)
        self._gaps: deque[Gap] = deque(maxlen=_MOST)
        self._first: float | None = None
        self._now = 0.0
        self._written_at: float | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get matplotlib."""
        return missing_library()

    def open(self, session: RunInfo) -> None:
        """Check that the file can be written.

        Raises:
            SinkError: If it cannot, or its suffix is not a supported format.
        """
        path = file_target("timeline", self.target, "timeline.png")
        if path.suffix.lower().lstrip(".") not in FORMATS:
            accepted = ", ".join(f".{name}" for name in FORMATS)
            raise SinkError(f"sink timeline: {path}: the suffix must be one of {accepted}")
        directory_target("timeline", str(path.parent))
        policy = session.policy.get("name")
        name = session.drive_id.partition("|")[0]
        parts = [name or session.source.uri, session.card.name]
        self._title = " · ".join([*parts, *([f"policy {policy}"] if policy else [])])
        self._path = path

    def prediction(self, prediction: Prediction) -> None:
        """Advance the time; write the chart if it is due."""
        self._pass(prediction.end_seconds)
        every = self.options.every_seconds
        if every is not None and self._written_at is not None:
            if self._now - self._written_at >= every:
                self._write()
        elif every is not None:
            self._written_at = self._now

    def event(self, event: Event) -> None:
        """Keep its newest state."""
        if event.is_open:
            self._open[event.id] = EventBar.of(event)
        else:
            self._open.pop(event.id, None)
            self._closed.append(EventBar.of(event))
        self._pass(event.end_seconds)

    def availability(self, change: Availability) -> None:
        """Keep it."""
        self._changes.append(change)
        self._pass(change.start_seconds)

    def gap(self, gap: Gap) -> None:
        """Keep it."""
        self._gaps.append(gap)
        self._pass(gap.end_seconds)

    def close(self) -> None:
        """Write the chart.

        Raises:
            SinkError: If it cannot be written.
        """
        if self._path is not None:
            try:
                self._write()
            finally:
                self._path = None

    def _pass(self, seconds: float) -> None:
        if self._first is None:
            self._first = seconds
        self._now = max(self._now, seconds)

    def _write(self) -> None:
        if self._path is None:
            return
        self._written_at = self._now
        kind = cast(Literal["png", "svg"], self._path.suffix.lower()[1:])
        content = draw_timeline([self._row()], title=self._title, format=kind)
        write_target("timeline", self._path, content)

    def _row(self) -> Row:
        last = self.options.last_seconds
        since = self._first or 0.0
        if len(self._closed) == _MOST:
            since = max(since, self._closed[0].start_seconds)
        if last is not None:
            since = max(since, self._now - last)
        segments = [*self._closed, *self._open.values()]
        return Row(
            name="",
            bars=[s for s in segments if s.end_seconds >= since],
            states=[
                replace(s, start_seconds=max(s.start_seconds, since))
                for s in state_bars(list(self._changes), self._now)
                if s.end_seconds >= since
            ],
            gaps=[g for g in self._gaps if g.end_seconds >= since],
            start_seconds=since,
            end_seconds=max(self._now, since),
        )
