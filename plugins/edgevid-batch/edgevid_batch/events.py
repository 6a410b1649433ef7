"""Events of a whole drive, made once over its joined scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from edgevid.interfaces import EventEngine, Signals
from edgevid.types import Availability, Event, Gap, Vehicle
from edgevid_batch.scored import Scored


@dataclass
class EngineOutput:
    """Output of an event engine for one drive."""

    events: list[Event] = field(default_factory=list)
    """Each once, as it was when it closed, by start."""
    availability: list[Availability] = field(default_factory=list)
    end_seconds: float = 0.0
    """pts of the last frame that was scored."""


def events_of(
    scored: Scored,
    engine: EventEngine,
    drive_id: str,
    source_id: str,
    max_gap_seconds: float,
    signals: Signals | None = None,
) -> EngineOutput:
    """Run the event engine over scores, as a run of the pipeline would.

    Args:
        scored: Of the whole drive.
        engine: Not opened yet.
        drive_id: Part of the events' ids.
        source_id: Of the predictions.
        max_gap_seconds: Of the model's card.
        signals: Already open; without, nothing is known of the vehicle.
    """
    engine.open(drive_id)
    output = EngineOutput()
    closed: dict[str, Event] = {}

    def collect(events: Iterable[Event]) -> None:
        closed.update({event.id: event for event in events if not event.is_open})
        output.availability.extend(engine.take_availability())

    gaps = list(scored.gaps)
    last: float | None = None
    for row, pts in enumerate(scored.seconds.tolist()):
        while gaps and gaps[0][0] == row:
            gap = gaps.pop(0)[1]
            collect(engine.gap(gap))
            last = gap.end_seconds
        if last is not None and pts - last > max_gap_seconds:
            collect(engine.gap(Gap(last, pts, "no frames")))
        last = pts
        prediction = scored.prediction(row, source_id)
        if prediction is not None:
            vehicle = Vehicle() if signals is None else signals.at(pts)
            collect(engine.update(prediction, vehicle))
    collect(engine.finish(last or 0.0))
    output.events = sorted(closed.values(), key=lambda event: (event.start_seconds, event.id))
    output.end_seconds = last or 0.0
    return output
