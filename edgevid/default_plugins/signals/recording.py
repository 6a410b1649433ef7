"""``recording``: the vehicle as the recorded run knew it, at each frame that was analysed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from edgevid.errors import RecordingError, SignalsError
from edgevid.interfaces import Options, Signals
from edgevid.recording.manifest import read_manifest
from edgevid.recording.reader import read_vehicle
from edgevid.types import SourceInfo, Vehicle


class RecordingSignalsOptions(Options):
    """A recording takes no options."""


class RecordingSignals(Signals):
    """The states of a folder that ``edgevid record`` wrote."""

    Options: ClassVar[type[BaseModel]] = RecordingSignalsOptions

    def __init__(self, options: BaseModel, target: str | None = None) -> None:
        super().__init__(options, target)
        self._states: Iterator[tuple[float, Vehicle]] = iter(())
        self._next: tuple[float, Vehicle] | None = None
        self._now = Vehicle()

    def open(self, info: SourceInfo) -> None:
        """Find the first state.

        Raises:
            SignalsError: If it is no recording.
        """
        if not self.target:
            raise SignalsError("signals recording need a folder; write recording:DIR")
        folder = Path(self.target).expanduser()
        try:
            read_manifest(folder)
            self._states = read_vehicle(folder)
            self._next = next(self._states, None)
        except RecordingError as error:
            raise SignalsError(f"signals recording: {error}") from error

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest state up to that moment."""
        while self._next is not None and self._next[0] <= pts_seconds:
            self._now = self._next[1]
            self._next = next(self._states, None)
        return self._now
