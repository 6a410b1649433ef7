"""What draws on pictures, and where results go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel

from edgevid.card import Card
from edgevid.interfaces.base import Closing, Options
from edgevid.types import Availability, Event, Frame, Gap, Image, Prediction, Region, SourceInfo


@dataclass(frozen=True, slots=True)
class Session:
    """One stream's run, as sinks and overlays see it when they open."""

    source: SourceInfo
    card: Card
    runs_on: Mapping[str, Any]
    run_id: str
    started_at: str
    """Wall clock, ISO 8601, for people."""
    drive_id: str = ""
    """What is analysed, the same in a replay: a file's name and size, or a source and its trip."""
    policy: Mapping[str, Any] = field(default_factory=dict)
    """What the event engine says of its policy."""
    regions: Sequence[Region] = ()


class Overlay(Closing):
    """Draws on a copy of a frame. Only called when a sink asks for pictures."""

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    def open(self, session: Session) -> None:
        """Called once, before the first frame."""

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """A new prediction and the events it changed; may prepare what ``draw`` shows."""

    @abstractmethod
    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw on ``picture`` in place: uint8 BGR, (H, W, 3), a copy of ``frame.image``."""


class Sink(Closing):
    """Where results go. Its failure disables it, is counted, and stops nobody else."""

    Options: ClassVar[type[BaseModel]] = Options
    needs_target: ClassVar[bool] = True
    """Whether ``--sink name:target`` needs the target."""
    wants_pictures: bool = False
    """Whether ``picture`` is called, with overlays drawn."""
    wants_saliency: bool = False
    """Whether it needs saliency maps even if nobody draws."""

    def __init__(self, target: str | None, options: BaseModel) -> None:
        self.target = target
        self.options = options

    @abstractmethod
    def open(self, session: Session) -> None:
        """Open it, loudly.

        Raises:
            SinkError: One line with what was given and what to do.
        """

    def prediction(self, prediction: Prediction) -> None:
        """A new prediction."""

    def event(self, event: Event) -> None:
        """An event that opened, changed or closed. Comes after the picture of the same moment."""

    def availability(self, change: Availability) -> None:
        """From now on the runtime can, or cannot, say what the driver does."""

    def gap(self, gap: Gap) -> None:
        """A missing stretch."""

    def picture(self, picture: Image, frame: Frame) -> None:
        """A frame with overlays drawn: uint8 BGR, (H, W, 3), read-only; copy to keep."""
