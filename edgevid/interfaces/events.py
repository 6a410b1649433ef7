"""What turns predictions into events."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from edgevid.card import Card
from edgevid.interfaces.base import Closing, Options
from edgevid.types import Event, Gap, Prediction


class EventEngine(Closing):
    """Turns predictions into events, by pts alone: no wall clock, no frame counts."""

    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: BaseModel, card: Card) -> None:
        self.options = options
        self.card = card

    @abstractmethod
    def update(self, prediction: Prediction) -> Sequence[Event]:
        """Events that open or close at this prediction."""

    @abstractmethod
    def gap(self, gap: Gap) -> Sequence[Event]:
        """Events that a missing stretch closes."""

    @abstractmethod
    def finish(self, end_seconds: float) -> Sequence[Event]:
        """Close what is open: the stream has ended."""
