"""Overlays, which draw on images, and sinks, where results go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel

from edgevid.card import Card
from edgevid.interfaces.base import Plugin
from edgevid.types import Availability, Event, Frame, Gap, Image, Prediction, Region, SourceInfo


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Facts of one run, handed to sinks and overlays when they open."""

    source: SourceInfo
    card: Card
    runs_on: Mapping[str, Any]
    run_id: str
    started_at: str
    """Wall clock, ISO 8601, for people."""
    drive_id: str = ""
    """Identity of the drive, the same in a replay: a file's name and size, or source and trip."""
    policy: Mapping[str, Any] = field(default_factory=dict)
    """The event engine's policy: at least its name and hash."""
    regions: Sequence[Region] = ()


class Overlay(Plugin):
    """Draws on a copy of a frame. Only called when a sink wants images."""

    def open(self, session: RunInfo) -> None:
        """Called once, before the first frame."""

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """A new prediction and the events it changed; may prepare what ``draw`` shows."""

    @abstractmethod
    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw on ``picture`` in place: uint8 BGR, (H, W, 3), a copy of ``frame.image``."""


class Sink(Plugin):
    """Destination of results. A failure disables it, is counted, and stops nothing else."""

    needs_target: ClassVar[bool] = True
    """Whether ``--sink name:target`` needs the target."""
    wants_pictures: bool = False
    """Whether ``picture`` is called, with overlays drawn."""
    wants_saliency: bool = False
    """Whether it needs saliency maps even if none are drawn."""

    def __init__(self, options: BaseModel, target: str | None = None) -> None:
        super().__init__(options)
        self.target = target

    @property
    def stop_requested(self) -> bool:
        """Whether the run should end, as by Ctrl-C: a window was closed. Polled all the time."""
        return False

    @abstractmethod
    def open(self, session: RunInfo) -> None:
        """Open it, loudly.

        Raises:
            SinkError: One line with the given value and the remedy.
        """

    def prediction(self, prediction: Prediction) -> None:
        """A new prediction."""

    def event(self, event: Event) -> None:
        """An event that opened, changed or closed. Comes after the image of the same frame."""

    def availability(self, change: Availability) -> None:
        """Availability of the driver's state changes now."""

    def gap(self, gap: Gap) -> None:
        """A gap in the stream."""

    def picture(self, picture: Image, frame: Frame) -> None:
        """A frame with overlays drawn: uint8 BGR, (H, W, 3), read-only; copy to keep."""
