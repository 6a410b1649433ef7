"""Reads a recorded CAN log."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from edgevid.default_plugins.signals.can.decoder import SignalDecoder
from edgevid.errors import SignalsError, one_line

FORMATS = (".asc", ".blf", ".log", ".trc")
WITH_WALL_CLOCK = (".blf", ".log")
"""Formats whose times are UTC; the others tell no time zone."""

_logger = logging.getLogger(__name__)

_FIRST_WALL_CLOCK = 1e8


Values = list[tuple[float, float | None]]


def read_log(path: Path, decoders: Sequence[SignalDecoder]) -> tuple[float, list[Values]]:
    """Time of the log's beginning, and of each signal its values, in the order of time.

    Times are the log's own, seconds. A log that begins at a wall-clock time begins at its first
    frame, whatever that frame carries; any other at 0. Of a log that is cut off, the part before
    the cut counts.

    Raises:
        SignalsError: If it is no such log, or one of the messages is not in it.
    """
    began: float | None = None
    values: list[Values] = [[] for _ in decoders]
    broken, reasons = [0 for _ in decoders], ["" for _ in decoders]
    try:
        for frame in _frames(path):
            stamp = float(frame.timestamp)
            if began is None or stamp < began:
                began = stamp
            for number, decoder in enumerate(decoders):
                if not decoder.is_of_it(frame):
                    continue
                try:
                    values[number].append((stamp, decoder.value(bytes(frame.data))))
                except ValueError as error:
                    broken[number], reasons[number] = broken[number] + 1, str(error)
    except SignalsError as error:
        if not all(values):
            raise
        _logger.warning("%s; %d values before that are used", error, sum(map(len, values)))
    for decoder, found, num_broken, reason in zip(decoders, values, broken, reasons, strict=True):
        if not found:
            _refuse(path, decoder, num_broken, reason)
        if num_broken:
            _logger.warning("signals can: %s: %d frames left out: %s", path, num_broken, reason)
        # Loggers write several channels from several buffers.
        found.sort(key=lambda item: item[0])
    return (began if began is not None and began > _FIRST_WALL_CLOCK else 0.0), values


def _refuse(path: Path, decoder: SignalDecoder, broken: int, reason: str) -> None:
    why = f"{broken} frames cannot be decoded: {reason}" if broken else "no frame has its number"
    raise SignalsError(
        f"signals can: {path}: holds no message {decoder.frame_id:#x} as the DBC describes it "
        f"({why})"
    )


def _frames(path: Path) -> Iterator[Any]:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise SignalsError(
            f"signals can: {path}: is no log that can be read; accepted: {', '.join(FORMATS)}"
        )
    try:
        # Opened here: python-can's readers leave a malformed file open.
        with _open(path, suffix) as file:
            yield from _reader(suffix)(file)
    except OSError as error:
        raise SignalsError(f"signals can: {path}: cannot be read: {error.strerror}") from error
    except Exception as error:  # readers raise whatever a malformed log makes of them
        kind = type(error).__name__
        raise SignalsError(
            f"signals can: {path}: is malformed: {kind}: {one_line(error, 200)}"
        ) from error


def _open(path: Path, suffix: str) -> IO[Any]:
    if suffix == ".blf":
        return path.open("rb")
    return path.open(encoding="utf-8", errors="replace")


def _reader(suffix: str) -> Any:
    import can

    return {
        ".asc": can.ASCReader,
        ".blf": can.BLFReader,
        ".log": can.CanutilsLogReader,
        ".trc": can.TRCReader,
    }[suffix]
