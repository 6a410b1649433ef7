"""``timeline.jsonl``: what happened, one line each, in the order in which inference saw it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from edgevid.errors import RecordingError
from edgevid.types import Gap, Vehicle

NAME = "timeline.jsonl"
_LONGEST_LINE = 1 << 16

_Seconds = Annotated[float, Field(allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FrameEntry(_Entry):
    """A frame that came out of the ring."""

    type: Literal["frame"] = "frame"
    index: _Count
    pts_seconds: _Seconds
    analysed: bool
    """Whether the model got it; the others lie between two samples of its rate."""
    video: Annotated[int, Field(ge=0, le=999_999)] | None = None
    """Number of the file that holds its image; None if the image was not kept."""
    crc32: _Count | None = None
    """Checksum of the BGR image."""


class DropEntry(_Entry):
    """A frame that was lost."""

    type: Literal["drop"] = "drop"
    index: _Count
    pts_seconds: _Seconds
    cause: Literal["buffer_full", "stale", "corrupt", "not_analysed", "not_recorded"]
    """Cause under which `run.json` counts it."""


class GapEntry(_Entry):
    """A gap that the source reported."""

    type: Literal["gap"] = "gap"
    start_seconds: _Seconds
    end_seconds: _Seconds
    reason: str

    @property
    def gap(self) -> Gap:
        """Gap as the source reported it."""
        return Gap(self.start_seconds, self.end_seconds, self.reason)


class VehicleEntry(_Entry):
    """Vehicle signals from then on."""

    type: Literal["vehicle"] = "vehicle"
    pts_seconds: _Seconds
    vehicle: Vehicle


class EndEntry(_Entry):
    """The recorder was closed in order; without this line it was killed or had failed."""

    type: Literal["end"] = "end"


Entry = FrameEntry | DropEntry | GapEntry | VehicleEntry | EndEntry
_parser: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="type")])


class FrameLog:
    """Writes entries; each is on the disk, or in the system's hands, when ``write`` returns."""

    def __init__(self, folder: Path) -> None:
        """Create the file, which must not exist."""
        # Unbuffered: what a full disk refused must not come back when the file is closed.
        self._file = (folder / NAME).open("xb", buffering=0)

    def write(self, entry: Entry) -> None:
        """Write one line. Floats are written so that they come back exactly."""
        values = entry.model_dump(warnings=False)
        line = json.dumps(values, ensure_ascii=True, allow_nan=False, default=_plain)
        rest = memoryview(f"{line}\n".encode())
        while rest:
            rest = rest[self._file.write(rest) :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _plain(value: Any) -> Any:
    """A number of numpy's, as plugins may give them, as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot be written: {type(value).__name__}")


def read_frame_log(folder: Path) -> Iterator[Entry]:
    """Entries in order. A last line that was being written when the recorder died is left out.

    Raises:
        RecordingError: If the file is missing, or a line is not an entry.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                if not line.endswith(b"\n"):
                    if len(line) < _LONGEST_LINE:
                        return
                    raise RecordingError(f"{path}:{number}: the line is too long; it is damaged")
                yield _parse(path, number, line)
    except FileNotFoundError:
        raise RecordingError(f"{path}: is missing; copy the whole folder") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error


def _parse(path: Path, number: int, line: bytes) -> Entry:
    try:
        return _parser.validate_json(line)
    except ValidationError as error:
        first: Any = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordingError(
            f"{path}:{number}: {f'{where}: ' if where else ''}{first['msg']}; the recording is "
            f"damaged, or of another version of edgevid"
        ) from error
