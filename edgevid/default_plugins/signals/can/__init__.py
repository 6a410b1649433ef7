"""``can``: speed from a CAN log, or from the bus itself."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from edgevid.default_plugins.signals.can.decoder import SignalDecoder, SpeedDecoder
from edgevid.default_plugins.signals.can.log import WITH_WALL_CLOCK, read_log
from edgevid.errors import SignalsError, one_line
from edgevid.interfaces import Channel, ChannelValues, Signals
from edgevid.speed_track import (
    Track,
    TrackOptions,
    existing_file,
    source_began,
)
from edgevid.types import SourceInfo, Vehicle

_LONGEST_WAIT_SECONDS = 0.1
_JOIN_SECONDS = 2.0
_KEEP = 10_000


class CanSignals(Signals):
    """One signal of one message, decoded as a DBC says.

    The target is a log (.blf, .asc, .log, .trc), or INTERFACE://CHANNEL of a live bus, for example
    ``socketcan://can0``. On a bus, a value counts from the moment in which it arrived.
    """

    class Options(TrackOptions):
        """Options of ``can``."""

        dbc: str = Field(min_length=1, description="The DBC file.")
        message: str = Field(min_length=1, description="Name of the message in it.")
        signal: str = Field(min_length=1, description="Name of the speed in that message.")
        unit: Literal["kmh", "mps", "mph"] | None = Field(
            default=None, description="Unit of the speed; null takes the unit of the DBC."
        )
        align: Literal["start", "utc"] = Field(
            default="start",
            description="start: the log begins with the source; utc: by the wall clock of both "
            "(.blf and .log, and a source with a known start).",
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._track = Track(options)
        self.max_age_seconds = options.max_age_seconds
        self._listener: _Listener | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get python-can and cantools."""
        missing = [m for m in ("can", "cantools") if importlib.util.find_spec(m) is None]
        if not missing:
            return None
        return 'python-can and cantools are needed; pip install "edgevid[can]"'

    def open(self, info: SourceInfo) -> None:
        """Read the log, or begin to listen.

        Raises:
            SignalsError: If DBC, message, signal, log or bus are not what is asked for.
        """
        options = self.options
        dbc = existing_file("signals can", options.dbc, "a DBC by the option dbc")
        decoder = SpeedDecoder(dbc, options.message, options.signal, options.unit)
        interface, is_bus, channel = (self.target or "").partition("://")
        if is_bus:
            if not info.live:
                raise SignalsError(
                    f"signals can: {self.target} is live and {info.uri} is a recording; give the "
                    f"log of that drive, for example can:drive.blf"
                )
            self._track = Track(options, keep=_KEEP)
            self._listener = _Listener(interface, channel, decoder, self._track, options)
            return
        path = existing_file("signals can", self.target, "a log, for example can:drive.blf")
        began, [speeds] = read_log(path, [decoder])
        began = log_began(path, began, options.align, info)
        self._track = Track(options)
        for stamp, speed_kmh in speeds:
            self._track.add(stamp - began + options.offset_seconds, speed_kmh)

    def speeds(self) -> list[tuple[float, float]]:
        """Every known speed that was read."""
        return self._track.speeds()

    def channels(self, info: SourceInfo, wanted: Mapping[str, Channel]) -> dict[str, ChannelValues]:
        """Read signals of the log.

        Raises:
            SignalsError: If DBC, message, signal or log are not what is asked for.
        """
        options = self.options
        dbc = existing_file("signals can", options.dbc, "a DBC by the option dbc")
        path = existing_file("signals can", self.target, "a log, for example can:drive.blf")
        decoders = {
            name: SignalDecoder(dbc, str(channel.message), str(channel.signal))
            for name, channel in wanted.items()
        }
        began, found = read_log(path, list(decoders.values()))
        shift = options.offset_seconds - log_began(path, began, options.align, info)
        return {
            name: ChannelValues(
                wanted[name].unit or decoder.unit or None,
                [(stamp + shift, value) for stamp, value in values if value is not None],
            )
            for (name, decoder), values in zip(decoders.items(), found, strict=True)
        }

    def at(self, pts_seconds: float) -> Vehicle:
        """The newest value that is neither of the future nor too old.

        Raises:
            SignalsError: If the bus failed.
        """
        if self._listener is not None and self._listener.error is not None:
            raise SignalsError(self._listener.error)
        return self._track.at(pts_seconds)

    def close(self) -> None:
        """Stop to listen."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


def log_began(path: Path, began: float, align: Literal["start", "utc"], info: SourceInfo) -> float:
    """Time in a log at 0 s of the source.

    Raises:
        SignalsError: If the wall clocks are not known.
    """
    if align == "start":
        return began
    if path.suffix.lower() not in WITH_WALL_CLOCK or not began:
        raise SignalsError(
            f"signals can: {path} has no reliable wall clock; use align: start and offset_seconds"
        )
    return source_began("can", info)


class _Listener:
    """A thread that hears one message of a bus."""

    def __init__(
        self,
        interface: str,
        channel: str,
        decoder: SpeedDecoder,
        track: Track,
        options: TrackOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # The source has just been opened: that is its pts 0, within some milliseconds.
        self._began = clock() - options.offset_seconds
        self._clock = clock
        self._name = f"{interface}://{channel}"
        self._decoder = decoder
        self._track = track
        self.error: str | None = None
        self._bus = _open_bus(interface, channel, decoder)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="edgevid-can", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while not self._stop.is_set():
                frame = self._bus.recv(_LONGEST_WAIT_SECONDS)
                if frame is not None and self._decoder.is_of_it(frame):
                    self._decode_frame(bytes(frame.data), self._clock())
        except Exception as error:  # drivers raise their own
            kind = type(error).__name__
            self.error = f"signals can: {self._name} failed: {kind}: {one_line(error, 200)}"

    def _decode_frame(self, data: bytes, now: float) -> None:
        try:
            speed_kmh = self._decoder.value(data)
        except ValueError:
            # A frame that is not what the DBC says: nothing is known from then on.
            speed_kmh = None
        self._track.add(now - self._began, speed_kmh)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(_JOIN_SECONDS)
        self._bus.shutdown()


def _open_bus(interface: str, channel: str, decoder: SpeedDecoder) -> Any:
    import can

    if interface not in can.VALID_INTERFACES:
        known = ", ".join(sorted(can.VALID_INTERFACES))
        raise SignalsError(f"signals can: unknown interface {interface!r}; known: {known}")
    only = {"can_id": decoder.frame_id, "can_mask": 0x1FFFFFFF, "extended": decoder.is_extended}
    try:
        return can.Bus(
            interface=interface,
            channel=channel or None,
            can_filters=[only],
            ignore_config=True,
        )
    except Exception as error:  # drivers raise their own
        raise SignalsError(
            f"signals can: {interface}://{channel} cannot be opened: {one_line(error, 200)}; "
            f"check that the interface is up"
        ) from error
