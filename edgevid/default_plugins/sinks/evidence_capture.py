"""What is kept of one event: pictures while they come, files when it is over."""

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

from edgevid.default_plugins.sinks.encoder import VideoEncoder
from edgevid.default_plugins.sinks.evidence_folder import EvidenceFolder
from edgevid.default_plugins.sinks.targets import LineFile, write_whole, writing
from edgevid.errors import SinkError
from edgevid.interfaces import RunInfo
from edgevid.records import EventRecord, Evidence, closed_by_force, event_record
from edgevid.types import Event, Image

_TOLERANCE_SECONDS = 0.5
"""A clip that lacks so little of its event is not called cut."""
_ENCODED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture in memory."""

    pts_seconds: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """How clips are encoded, and how long they may be."""

    codec: str
    rate: Fraction | None
    crf: int
    max_seconds: float
    quality: int


class Capture:
    """The files of one event that was serious enough."""

    def __init__(
        self, folder: EvidenceFolder, session: RunInfo, settings: ClipSettings, event: Event
    ) -> None:
        """Take a name in the folder; files follow. To be noted once it has its first pictures."""
        self._folder = folder
        self._session = session
        self._settings = settings
        self.event = event
        self.over = False
        """No more pictures belong to it."""
        origin = f"{session.source.uri}|{session.drive_id}".encode("utf-8", "backslashreplace")
        self._waiting: deque[Shot] = deque()
        self._encoder: VideoEncoder | None = None
        self._first: float | None = None
        self._last: float | None = None
        self._still = False
        with folder.locked():
            self.name = folder.reserve(event.id, origin.decode())
            part = folder.part(self.name, "json")
            self._lines = LineFile("evidence", str(part), part.name)

    def note(self, event: Event) -> None:
        """Keep the newest of the event, on disk too: a killed run leaves that much of it."""
        self.event = event
        record = event_record(event, self._session, self._evidence())
        self._lines.write(record.model_dump_json() + "\n")

    def add(self, shot: Shot) -> None:
        """A picture of it; encoded soon."""
        first = shot.pts_seconds if self._first is None else self._first
        if self.over or shot.pts_seconds - first > self._settings.max_seconds:
            return
        if self._first is None:
            self._first = first
        self._last = shot.pts_seconds
        self._waiting.append(shot)

    def work(self) -> None:
        """Encode a few pictures: all of the time before it at once would hold up the run."""
        for _ in range(min(_ENCODED_AT_ONCE, len(self._waiting))):
            self._encode(self._waiting.popleft())

    def _encode(self, shot: Shot) -> None:
        path = self._folder.part(self.name, "mp4")
        picture: Any = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_COLOR)
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
            self._encoder.write(picture, shot.pts_seconds)

    def show(self, picture: Image) -> None:
        """Write the picture at the highest score so far."""
        encoded = encode_jpeg(picture, self._settings.quality)
        write_whole("evidence", self._folder.final(self.name, "jpg"), encoded)
        self._still = True

    def finish(self) -> None:
        """Write what there is; whole files appear.

        Raises:
            SinkError: If they cannot be written. A record is tried even if its clip failed.
        """
        failed: SinkError | None = None
        try:
            try:
                self._finish_clip()
            except SinkError as error:
                failed, self._first, self._last = error, None, None
            record = event_record(self.event, self._session, self._evidence())
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
        """Leave nothing unfinished behind."""
        encoder, self._encoder = self._encoder, None
        self._waiting.clear()
        if encoder is not None:
            with suppress(Exception):
                encoder.close()
        with suppress(OSError, SinkError):
            self._folder.remove(self.name, parts_only=True)
        with suppress(SinkError):
            self._lines.close()

    def _evidence(self) -> Evidence:
        event, first, last = self.event, self._first, self._last
        is_cut = (
            first is None
            or last is None
            or first > event.start_seconds + _TOLERANCE_SECONDS
            or last < event.end_seconds - _TOLERANCE_SECONDS
        )
        return Evidence(
            clip=None if first is None else f"{self.name}.mp4",
            heat_map=f"{self.name}.jpg" if self._still else None,
            clip_start_seconds=first,
            clip_end_seconds=last,
            is_cut=is_cut,
        )


def salvage(folder: EvidenceFolder, name: str) -> None:
    """Make files of what a killed run left of an event."""
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
    evidence = Evidence(
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
    """What was known of an event when its run was killed."""
    for line in reversed(path.read_bytes().splitlines()):
        with suppress(ValidationError):
            return EventRecord.model_validate_json(line)
    return None


def _write_record(folder: EvidenceFolder, name: str, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    write_whole("evidence", folder.final(name, "json"), text.encode())


def _length(clip: Path) -> float | None:
    """Time of the last picture; None if the file shows nothing."""
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
    """A picture as JPEG.

    Raises:
        SinkError: If it has no such size as JPEG knows.
    """
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise SinkError(f"sink evidence: a picture of {picture.shape} cannot be encoded")
    return content.tobytes()
