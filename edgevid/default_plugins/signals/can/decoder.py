"""Finds one signal in a DBC and decodes it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgevid.errors import SignalsError, one_line
from edgevid.speed_track import FASTEST_KMH, KMH

_UNITS = {"km/h": "kmh", "kmh": "kmh", "kph": "kmh", "m/s": "mps", "mps": "mps", "mph": "mph"}


class SignalDecoder:
    """One signal in the frames of one message."""

    def __init__(self, dbc: Path, message: str, signal: str) -> None:
        """Read the DBC.

        Args:
            dbc: The file.
            message: Name in it.
            signal: Name in that message.

        Raises:
            SignalsError: If it is no DBC, or has no such message or signal.
        """
        self._message = _load(dbc, message)
        names = [s.name for s in self._message.signals]
        if signal not in names:
            raise SignalsError(_unknown(f"{dbc}: message {message}", "signal", signal, names))
        found = self._message.get_signal_by_name(signal)
        self._signal = signal
        self.unit = str(found.unit or "").strip()
        """Unit from the DBC."""
        self._lowest = -math.inf if found.minimum is None else float(found.minimum)
        self._highest = math.inf if found.maximum is None else float(found.maximum)

    @property
    def frame_id(self) -> int:
        """Identifier of the message's frames."""
        return int(self._message.frame_id)

    @property
    def is_extended(self) -> bool:
        """Whether that identifier has 29 bits."""
        return bool(self._message.is_extended_frame)

    def is_of_it(self, frame: Any) -> bool:
        """Whether a frame of python-can carries the message."""
        return (
            frame.arbitration_id == self.frame_id
            and frame.is_extended_id == self.is_extended
            and not frame.is_error_frame
            and not frame.is_remote_frame
        )

    def value(self, data: bytes) -> float | None:
        """The value; None if the vehicle says that it is not known, or something absurd.

        Raises:
            ValueError: If the frame is not what the DBC says, or does not carry the signal.
        """
        from cantools.database import DecodeError

        try:
            value = self._message.decode(data).get(self._signal)
        except (DecodeError, ValueError) as error:
            raise ValueError(one_line(error)) from error
        if value is None:
            raise ValueError(f"it does not carry {self._signal}")
        if not isinstance(value, int | float):
            # A value with a name, such as "signal not available".
            return None
        return float(value) if self._lowest <= value <= self._highest else None


class SpeedDecoder(SignalDecoder):
    """The speed, in km/h."""

    def __init__(self, dbc: Path, message: str, signal: str, unit: str | None) -> None:
        """Read the DBC.

        Args:
            dbc: The file.
            message: Name in it.
            signal: Name in that message.
            unit: A key of ``KMH``; None takes what the DBC says.

        Raises:
            SignalsError: If it is no DBC, or has no such message, signal or unit.
        """
        super().__init__(dbc, message, signal)
        unit = unit or _UNITS.get(self.unit.lower())
        if unit is None:
            raise SignalsError(
                f"signals can: {dbc}: the unit of {signal} is {self.unit!r}; set it by "
                f"the option unit: {', '.join(KMH)}"
            )
        self._factor = KMH[unit]

    def value(self, data: bytes) -> float | None:
        """The speed; None if the vehicle says that it is not known, or something absurd.

        Raises:
            ValueError: If the frame is not what the DBC says, or does not carry the signal.
        """
        value = super().value(data)
        kmh = None if value is None else value * self._factor
        return kmh if kmh is not None and 0 <= kmh <= FASTEST_KMH else None


def _load(dbc: Path, message: str) -> Any:
    from cantools import database

    try:
        # Not load_file: it may unpickle a cache.
        text = dbc.read_text(encoding="cp1252", errors="replace")
        read: Any = database.load_string(text, database_format="dbc")
    except OSError as error:
        raise SignalsError(f"signals can: {dbc}: cannot be read: {error.strerror}") from error
    except Exception as error:  # parser errors of several libraries
        raise SignalsError(f"signals can: {dbc}: is not a DBC: {one_line(error, 200)}") from error
    names = [m.name for m in read.messages]
    if message not in names:
        raise SignalsError(_unknown(str(dbc), "message", message, names))
    return read.get_message_by_name(message)


def _unknown(where: str, what: str, name: str, names: Iterable[str]) -> str:
    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=3)
    hint = (
        f"did you mean {', '.join(near)}?" if near else f"it has {', '.join(known[:20]) or 'none'}"
    )
    return f"signals can: {where}: has no {what} {name!r}; {hint}"
