"""Recording the files of one event: frames while it is open, files at its end."""

from __future__ import annotations

import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import ValidationError

from edgevid.default_plugins.sinks.evidence.folder import EvidenceFolder
from edgevid.errors import SinkError
from edgevid.interfaces import RunInfo
from edgevid.io import LineFile, write_target, writing
from edgevid.media.encoder import VideoEncoder
from edgevid.records import EventRecord, EvidenceFiles, closed_by_force, event_record
from edgevid.types import Event, Image

_TOLERANCE_SECONDS = 0.5
"""A clip that misses at most this much of its event is not marked as cut."""
_ENCODED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """A frame in memory."""

    pts_seconds: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class EvidenceClipSettings:
    """Encoding and longest duration of clips."""

    codec: str
    rate: Fraction | None
    crf: int
    max_seconds: float
    quality: int


class ClipRecorder:
    """Writes the files of one event."""

    def __init__(
        self, folder: EvidenceFolder, session: RunInfo, settings: EvidenceClipSettings, event: Event
    ) -> None:
        """Reserve a name in the folder. Call ``record`` once the first frames are added."""
        self._folder = folder
        self._session = session
        self._settings = settings
        self.event = event
        self.is_complete = False
        """No more frames belong to the clip."""
        origin = f"{session.source.uri}|{session.drive_id}".encode("utf-8", "backslashreplace")
        self._waiting: deque[JpegFrame] = deque()
        self._encoder: VideoEncoder | None = None
        self._first: float | None = None
        self._last: float | None = None
        self._has_image = False
        with folder.locked():
            self.name = folder.reserve(event.id, origin.decode())
            part = folder.part(self.name, "json")
            self._lines = LineFile("evidence", str(part), part.name)

    def record(self, event: Event) -> None:
        """Write the event's newest state to disk, for the case that the run is killed."""
        self.event = event
        record = event_record(event, self._session, self._files())
        self._lines.write(record.model_dump_json() + "\n")

    def add(self, jpeg_frame: JpegFrame) -> None:
        """Add a frame; it is encoded soon."""
        first = jpeg_frame.pts_seconds if self._first is None else self._first
        if self.is_complete or jpeg_frame.pts_seconds - first > self._settings.max_seconds:
            return
        if self._first is None:
            self._first = first
        self._last = jpeg_frame.pts_seconds
        self._waiting.append(jpeg_frame)

    def encode_some(self) -> None:
        """Encode a few frames: encoding all buffered ones at once would stall the run."""
        for _ in range(min(_ENCODED_AT_ONCE, len(self._waiting))):
            self._encode(self._waiting.popleft())

    def _encode(self, jpeg_frame: JpegFrame) -> None:
        path = self._folder.part(self.name, "mp4")
        picture: Any = cv2.imdecode(np.frombuffer(jpeg_frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
        with writing("evidence", path):
            if self._encoder is None:
                height, width = picture.shape[:2]
                self._encoder = VideoEncoder(
                    path.absolute(),
                    self._settings.codec,
                    (width, height),
                    self._settings.rate,
                    crf=self._settings.crf,
                    preset="ultrafast",
                )
            self._encoder.write(picture, jpeg_frame.pts_seconds)

    def write_image(self, picture: Image) -> None:
        """Write the frame at the highest score so far."""
        encoded = encode_jpeg(picture, self._settings.quality)
        write_target("evidence", self._folder.final(self.name, "jpg"), encoded)
        self._has_image = True

    def finish(self) -> None:
        """Write the clip and the record.

        Raises:
            SinkError: If they cannot be written. The record is written even if the clip fails.
        """
        failed: SinkError | None = None
        try:
            try:
                self._finish_clip()
            except SinkError as error:
                failed, self._first, self._last = error, None, None
            record = event_record(self.event, self._session, self._files())
            plain = record.model_dump(mode="json")
            _write_record(
                self._folder, self.name, closed_by_force(plain) if self.event.is_open else plain
            )
        finally:
            self.discard()
        if failed is not None:
            raise failed

    def _finish_clip(self) -> None:
        while self._waiting:
            self._encode(self._waiting.popleft())
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            part = self._folder.part(self.name, "mp4")
            with writing("evidence", part):
                encoder.close()
                part.replace(self._folder.final(self.name, "mp4"))

    def discard(self) -> None:
        """Remove unfinished files."""
        encoder, self._encoder = self._encoder, None
        self._waiting.clear()
        if encoder is not None:
            with suppress(Exception):
                encoder.close()
        with suppress(OSError, SinkError):
            self._folder.remove(self.name, parts_only=True)
        with suppress(SinkError):
            self._lines.close()

    def _files(self) -> EvidenceFiles:
        event, first, last = self.event, self._first, self._last
        is_cut = (
            first is None
            or last is None
            or first > event.start_seconds + _TOLERANCE_SECONDS
            or last < event.end_seconds - _TOLERANCE_SECONDS
        )
        return EvidenceFiles(
            clip=None if first is None else f"{self.name}.mp4",
            heat_map=f"{self.name}.jpg" if self._has_image else None,
            clip_start_seconds=first,
            clip_end_seconds=last,
            is_cut=is_cut,
        )


def recover(folder: EvidenceFolder, name: str) -> None:
    """Complete the files of an event that a killed run left."""
    record = _last_record(folder.part(name, "json"))
    if record is None:
        folder.remove(name)
        return
    part, clip = folder.part(name, "mp4"), folder.final(name, "mp4")
    if part.exists():
        part.replace(clip)
    length = _length(clip)
    if length is None:
        clip.unlink(missing_ok=True)
    start = record.evidence.clip_start_seconds if record.evidence else None
    evidence = EvidenceFiles(
        clip=None if length is None else clip.name,
        heat_map=f"{name}.jpg" if folder.final(name, "jpg").exists() else None,
        clip_start_seconds=start,
        clip_end_seconds=None if length is None or start is None else start + length,
        is_cut=True,
    )
    written = record.model_copy(update={"evidence": evidence}).model_dump(mode="json")
    _write_record(folder, name, written if record.phase == "closed" else closed_by_force(written))
    folder.remove(name, parts_only=True)


def _last_record(path: Path) -> EventRecord | None:
    """Read the last state of an event before its run was killed."""
    for line in reversed(path.read_bytes().splitlines()):
        with suppress(ValidationError):
            return EventRecord.model_validate_json(line)
    return None


def _write_record(folder: EvidenceFolder, name: str, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    write_target("evidence", folder.final(name, "json"), text.encode())


def _length(clip: Path) -> float | None:
    """Time of the last frame; None if there is none."""
    import av

    if not clip.exists():
        return None
    try:
        with av.open(str(clip.absolute())) as container:
            stream = container.streams.video[0]
            ticks = [p.pts for p in container.demux(stream) if p.pts is not None]
            return float(max(ticks) * stream.time_base) if ticks and stream.time_base else None
    except (av.error.FFmpegError, ValueError, IndexError):
        return None


def encode_jpeg(picture: Image, quality: int) -> bytes:
    """Encode a frame as JPEG.

    Raises:
        SinkError: If JPEG does not support its size.
    """
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise SinkError(
            f"sink evidence: a frame of shape {picture.shape} cannot be encoded as JPEG"
        )
    return content.tobytes()
