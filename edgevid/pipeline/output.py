"""The unit that travels from inference to the dispatcher and to Python consumers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgevid.pipeline.ring_buffer import Slot
from edgevid.types import Availability, Event, Gap, Prediction


@dataclass(slots=True)
class Output:
    """Everything that one step of inference, one gap or the end of a stream brought."""

    slot: Slot | None = None
    """The frame's memory, held until sinks that want images have it."""
    prediction: Prediction | None = None
    events: Sequence[Event] = ()
    gap: Gap | None = None
    availability: Sequence[Availability] = ()
    rate_hz: float | None = None
    """Frames per second that the model got lately, source time; None for the first frames."""
