"""The part of an OpenLABEL or VCD 4 document that says when the driver does what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from edgevid.config import explain
from edgevid_train.data.errors import DataError


class FrameInterval(BaseModel):
    """Frames of the annotation's own timeline, both inclusive."""

    frame_start: int = Field(ge=0)
    frame_end: int = Field(ge=0)


class OpenLabelAction(BaseModel):
    """One behaviour and when it happens."""

    type: str
    frame_intervals: list[FrameInterval] = []


class Sync(BaseModel):
    """Position of a stream on the annotation's timeline."""

    frame_shift: int = 0
    frame_rate: float | None = None


class StreamProperties(BaseModel):
    """Properties of a stream."""

    sync: Sync = Sync()
    frame_rate: float | None = None
    total_frames: int | None = None


class OpenLabelStream(BaseModel):
    """One camera."""

    uri: str = ""
    frame_rate: float | None = None
    stream_properties: StreamProperties = StreamProperties()

    @property
    def rate(self) -> float | None:
        """Frames per second; None if the document has none."""
        properties = self.stream_properties
        return properties.sync.frame_rate or properties.frame_rate or self.frame_rate


class Metadata(BaseModel):
    """Metadata of the document; VCD 4 keeps its streams here."""

    name: str = ""
    streams: dict[str, OpenLabelStream] = {}


class Document(BaseModel):
    """Content below ``openlabel`` or ``vcd``."""

    name: str = ""
    actions: dict[str, OpenLabelAction] = {}
    streams: dict[str, OpenLabelStream] = {}
    metadata: Metadata = Metadata()

    @property
    def cameras(self) -> dict[str, OpenLabelStream]:
        """The streams, in either version of the format."""
        return {**self.metadata.streams, **self.streams}


class _File(BaseModel):
    openlabel: Document | None = None
    vcd: Document | None = None


def read_document(path: Path, text: str) -> Document | None:
    """Parse an annotation; None if the JSON is something else.

    Raises:
        DataError: If it is no JSON, or not valid: the key path, value and what is accepted.
    """
    try:
        parsed = _File.model_validate_json(text)
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise DataError(f"{path}: {explain(first)}") from error
    return parsed.openlabel or parsed.vcd
