"""Vehicle signals: speed and standstill."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pydantic import BaseModel

from edgevid.interfaces.base import Closing, Options
from edgevid.types import SourceInfo, Vehicle


class Signals(Closing):
    """Values of the vehicle, aligned with the source by time. Called by the inference thread."""

    Options: ClassVar[type[BaseModel]] = Options
    needs_target: ClassVar[bool] = True
    """Whether ``--signals name:target`` needs the target."""

    def __init__(self, target: str | None, options: BaseModel) -> None:
        self.target = target
        self.options = options

    @abstractmethod
    def open(self, info: SourceInfo) -> None:
        """Open it, loudly. Called once, after the source was opened.

        Raises:
            SignalsError: One line with the given value and the remedy.
        """

    @abstractmethod
    def at(self, pts_seconds: float) -> Vehicle:
        """Signals known at a time of the source's timeline: never a value of its future.

        Must not block: a value that is too old is unknown.
        """
