"""Vehicle signals: speed and standstill."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from edgevid.errors import SignalsError
from edgevid.interfaces.base import Plugin
from edgevid.types import SourceInfo, Vehicle


@dataclass(frozen=True, slots=True)
class Channel:
    """Place of one number over time in recorded signals: a column, or a message and its signal."""

    column: str | None = None
    message: str | None = None
    signal: str | None = None
    unit: str | None = None
    """None takes what the recording says."""


@dataclass(frozen=True, slots=True)
class ChannelValues:
    """Every known value of a channel, on the source's timeline."""

    unit: str | None
    values: Sequence[tuple[float, float]]
    """Time in seconds, rising, and value."""


class Signals(Plugin):
    """Values of the vehicle, aligned with the source by time. Called by the inference thread."""

    needs_target: ClassVar[bool] = True
    """Whether ``--signals name:target`` needs the target."""
    max_age_seconds: float = math.inf
    """A value is unknown when it is older than this."""

    def __init__(self, options: BaseModel, target: str | None = None) -> None:
        super().__init__(options)
        self.target = target

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

    def speeds(self) -> Sequence[tuple[float, float]]:
        """Time in seconds, and speed in km/h, of everything that a recording holds, once open.

        Raises:
            SignalsError: If it cannot be read as a whole, which is the default.
        """
        raise SignalsError(f"{type(self).__name__} reads no recorded speeds as a whole")

    def channels(
        self, info: SourceInfo, wanted: Mapping[str, Channel]
    ) -> Mapping[str, ChannelValues]:
        """Read channels of the target as a whole; needs no ``open``.

        Args:
            info: The source, onto whose timeline they are brought.
            wanted: Name → place in the recording.

        Raises:
            SignalsError: If one is not there, or it reads no channels, which is the default.
        """
        raise SignalsError(f"{type(self).__name__} reads no channels other than the speed")
