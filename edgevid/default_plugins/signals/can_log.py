"""Reads a recorded CAN log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from edgevid.default_plugins.signals.can_decoder import SpeedDecoder
from edgevid.errors import SignalsError, one_line

FORMATS = (".asc", ".blf", ".log", ".trc")
WITH_WALL_CLOCK = (".blf", ".log")
"""Formats whose times are UTC; the others tell no time zone."""

_logger = logging.getLogger(__name__)

_FIRST_WALL_CLOCK = 1e8


def read_log(path: Path, decoder: SpeedDecoder) -> tuple[float, list[tuple[float, float | None]]]:
    """Time of the log's beginning, and each speed with its time, in the order of time.

    Times are the log's own, seconds. A log that begins at a wall-clock time begins at its first
    frame, whatever that frame carries; any other at 0. Of a log that is cut off, the part before
    the cut counts.

    Raises:
        SignalsError: If it is no such log, or the message is not in it.
    """
    began: float | None = None
    speeds: list[tuple[float, float | None]] = []
    broken, reason = 0, ""
    try:
        for frame in _frames(path):
            stamp = float(frame.timestamp)
            if began is None or stamp < began:
                began = stamp
            if not decoder.is_of_it(frame):
                continue
            try:
                speeds.append((stamp, decoder.speed_kmh(bytes(frame.data))))
            except ValueError as error:
                broken, reason = broken + 1, str(error)
    except SignalsError as error:
        if not speeds:
            raise
        _logger.warning("%s; %d speeds before that are used", error, len(speeds))
    if not speeds:
        why = (
            f"{broken} frames cannot be decoded: {reason}" if broken else "no frame has its number"
        )
        raise SignalsError(
            f"signals can: {path}: holds no message {decoder.frame_id:#x} as the DBC describes it "
            f"({why})"
        )
    if broken:
        _logger.warning("signals can: %s: %d frames left out: %s", path, broken, reason)
    # Loggers write several channels from several buffers.
    speeds.sort(key=lambda item: item[0])
    return (began if began is not None and began > _FIRST_WALL_CLOCK else 0.0), speeds


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
