"""The role that turns predictions into events."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from edgevid.card import Card
from edgevid.interfaces.base import Plugin
from edgevid.types import Availability, Event, Gap, Prediction, Vehicle


class EventEngine(Plugin):
    """Turns predictions into events, by pts alone: no wall clock, no frame counts.

    The inference thread calls ``open`` once, then ``update`` and ``gap`` in the order of time, and
    ``finish`` at the end; after each of them ``take_availability``.
    """

    def __init__(self, options: BaseModel, card: Card) -> None:
        super().__init__(options)
        self.card = card

    @classmethod
    def options_for(cls, card: Card, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Options to validate, once the model is known; an engine may add the card's own.

        Args:
            card: Of the model.
            options: As the configuration gives them; they win over the card.

        Raises:
            EdgevidError: If the card asks for something that is not accepted.
        """
        return options

    def open(self, drive_id: str) -> None:
        """Called once, before the first prediction.

        Args:
            drive_id: Identity of the drive: a file's name and size, or a live source and its trip.
                Part of the events' ids.
        """

    @abstractmethod
    def update(self, prediction: Prediction, vehicle: Vehicle) -> Sequence[Event]:
        """Events that open, change or close at this prediction.

        Args:
            prediction: Valid or not.
            vehicle: Speed and standstill at that time, as far as they are known.
        """

    @abstractmethod
    def gap(self, gap: Gap) -> Sequence[Event]:
        """Events that a gap closes."""

    @abstractmethod
    def finish(self, end_seconds: float) -> Sequence[Event]:
        """Close what is open: the stream has ended."""

    def take_availability(self) -> Sequence[Availability]:
        """Changes of availability since the last call, in order."""
        return ()

    @property
    def policy(self) -> Mapping[str, Any]:
        """The policy, for results: at least ``name`` and ``sha256`` of all its parameters."""
        return {}
