"""The sink ``evidence``: which events get files, and which frames belong to them."""

from __future__ import annotations

import importlib.util
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from pydantic import Field

from edgevid.default_plugins.sinks.evidence.clip import (
    ClipRecorder,
    EvidenceClipSettings,
    JpegFrame,
    encode_jpeg,
    recover,
)
from edgevid.default_plugins.sinks.evidence.folder import EvidenceFolder
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import directory_target
from edgevid.media.encoder import NEED, choose_codec
from edgevid.types import Event, Frame, Gap, Image, Prediction

_REPORTED_SECONDS = 15.0
"""Frames are buffered this much longer: a policy may report an event only once it is serious."""


@dataclass(slots=True)
class _OpenEvent:
    """An open event, with the frame at its highest score."""

    event: Event
    classes: tuple[int, ...]
    score: float = -1.0
    picture: Image | None = None
    recorder: ClipRecorder | None = None
    is_written: bool = True
    """Whether the newest image was written."""


class EvidenceSink(Sink):
    """``ID.mp4``, ``ID.jpg`` and ``ID.json`` of each event that reaches a level.

    The clip starts some seconds before the event and ends some seconds after it. Its frames are
    buffered as JPEG in memory, so that nothing is analysed twice. Files appear whole or not at
    all; the next run completes those of a killed run. See docs/evidence.md.
    """

    wants_pictures = True

    class Options(BaseOptions):
        """Options of the ``evidence`` sink."""

        level: int = Field(default=2, ge=0, description="Lowest level of events to save.")
        pre_seconds: float = Field(
            default=5.0, ge=0, le=60, description="Clip length before the event."
        )
        post_seconds: float = Field(
            default=5.0, ge=0, le=60, description="Clip length after the event."
        )
        max_seconds: float = Field(
            default=60.0,
            gt=0,
            le=3600,
            description="Longest clip. A longer one is cut, and its record marks it as cut.",
        )
        overlays: bool = Field(default=False, description="Draw overlays in the clip.")
        quality: int = Field(
            default=85,
            ge=1,
            le=100,
            description="JPEG quality of buffered frames and of the image.",
        )
        crf: int = Field(
            default=26,
            ge=0,
            le=51,
            description="Constant rate factor of the clip; lower is better.",
        )
        memory_mb: float = Field(
            default=128.0, gt=0, le=4096, description="Most memory for buffered frames, MB."
        )
        quota_mb: float | None = Field(
            default=None,
            gt=0,
            description="Largest size of the folder, MB. The oldest events are removed first.",
        )
        keep_days: float | None = Field(
            default=None, gt=0, description="Longest time to keep an event, days."
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._folder: EvidenceFolder | None = None
        self._frames: deque[JpegFrame] = deque()
        self._bytes = 0
        self._open: dict[str, _OpenEvent] = {}
        self._ending: list[ClipRecorder] = []
        self._last: Image | None = None
        self._last_index = -1
        self._newest: Prediction | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """Say so if PyAV is missing."""
        return None if importlib.util.find_spec("av") else NEED

    def open(self, session: RunInfo) -> None:
        """Create the folder; complete the files of killed runs.

        Raises:
            SinkError: If it cannot be written, or no clip can be encoded here.
        """
        if reason := self.unavailable():
            raise SinkError(f"sink evidence: {reason}")
        options, rate = self.options, session.source.rate_hz
        self._session = session
        self._settings = EvidenceClipSettings(
            codec=choose_codec(".mp4", "auto", "evidence"),
            rate=Fraction(rate).limit_denominator(1001) if rate else None,
            crf=options.crf,
            max_seconds=options.max_seconds,
            quality=options.quality,
        )
        path = directory_target("evidence", self.target)
        quota_bytes = None if options.quota_mb is None else options.quota_mb * 1e6
        folder = EvidenceFolder(path, quota_bytes, options.keep_days)
        with folder.locked():
            for name in folder.unfinished():
                recover(folder, name)
        folder.remove_excess()
        self._folder = folder

    def picture(self, picture: Image, frame: Frame) -> None:
        """Buffer the frame, and add it to the clips that it belongs to."""
        if self._last is None or self._last.shape != picture.shape:
            self._last = np.empty_like(picture)
        np.copyto(self._last, picture)
        self._last_index = frame.index
        image = picture if self.options.overlays else frame.image
        jpeg_frame = JpegFrame(frame.pts_seconds, encode_jpeg(image, self.options.quality))
        self._buffer(jpeg_frame)
        recorders = [one.recorder for one in self._open.values() if one.recorder is not None]
        for recorder in [*recorders, *self._ending]:
            recorder.add(jpeg_frame)
            recorder.encode_some()
        for recorder in list(self._ending):
            if frame.pts_seconds >= recorder.event.end_seconds + self.options.post_seconds:
                self._finish(recorder)

    def _buffer(self, jpeg_frame: JpegFrame) -> None:
        self._frames.append(jpeg_frame)
        self._bytes += len(jpeg_frame.jpeg)
        waiting = [one.event.start_seconds for one in self._open.values() if one.recorder is None]
        now, before = jpeg_frame.pts_seconds, self.options.pre_seconds
        # If an event becomes serious late, half of its clip shows the time before that.
        longest = max(before + _REPORTED_SECONDS, self.options.max_seconds / 2)
        wanted = max(min([now - _REPORTED_SECONDS, *waiting]) - before, now - longest)
        while self._frames and (
            self._frames[0].pts_seconds < wanted or self._bytes > self.options.memory_mb * 1e6
        ):
            self._bytes -= len(self._frames.popleft().jpeg)

    def prediction(self, prediction: Prediction) -> None:
        """Keep the frame at the highest score of each open event."""
        if prediction.valid and prediction.frame_index == self._last_index:
            for current in self._open.values():
                self._compare(current, prediction)
        self._newest = prediction

    def _compare(self, current: _OpenEvent, prediction: Prediction) -> None:
        parts = [float(prediction.scores[index]) for index in current.classes]
        # As in the policy: scores of exclusive classes add up.
        score = sum(parts) if self._session.card.activation == "softmax" else max(parts, default=0)
        if self._last is None or not score > current.score:
            return
        if current.picture is None or current.picture.shape != self._last.shape:
            current.picture = np.empty_like(self._last)
        np.copyto(current.picture, self._last)
        current.score, current.is_written = score, False

    def event(self, event: Event) -> None:
        """Start a clip when the level is reached; end it some time after the event."""
        current = self._open.get(event.id)
        if current is None:
            current = self._open[event.id] = _OpenEvent(event, self._classes(event))
            if self._newest is not None and self._newest.frame_index == self._last_index:
                self._compare(current, self._newest)
        current.event = event
        if current.recorder is not None:
            current.recorder.record(event)
        elif event.max_level >= self.options.level and self._folder is not None:
            current.recorder = self._start(self._folder, event)
            self._write_image(current)
        if not event.is_open:
            self._end(current)

    def _classes(self, event: Event) -> tuple[int, ...]:
        names = self._session.card.class_names
        groups = self._session.policy.get("groups")
        labels = groups.get(event.group) if isinstance(groups, dict) else None
        wanted = labels or [part.label for part in event.labels] or [event.label]
        return tuple(index for index, name in enumerate(names) if name in wanted)

    def _start(self, folder: EvidenceFolder, event: Event) -> ClipRecorder:
        recorder = ClipRecorder(folder, self._session, self._settings, event)
        for jpeg_frame in self._frames:
            if jpeg_frame.pts_seconds >= event.start_seconds - self.options.pre_seconds:
                recorder.add(jpeg_frame)
        recorder.record(event)
        return recorder

    def _write_image(self, current: _OpenEvent) -> None:
        if current.recorder is not None and current.picture is not None and not current.is_written:
            current.recorder.write_image(current.picture)
            current.is_written = True

    def _end(self, current: _OpenEvent) -> None:
        del self._open[current.event.id]
        recorder = current.recorder
        if recorder is None:
            return
        self._ending.append(recorder)
        self._write_image(current)
        if recorder.is_complete:
            self._finish(recorder)

    def _finish(self, recorder: ClipRecorder) -> None:
        self._ending.remove(recorder)
        recorder.finish()
        if self._folder is not None:
            self._folder.remove_excess(keep=recorder.name)

    def gap(self, gap: Gap) -> None:
        """Finish ended clips: frames after a long gap do not belong to them."""
        if gap.duration_seconds <= self._session.card.max_gap_seconds:
            return
        self._frames.clear()
        self._bytes = 0
        for current in self._open.values():
            if current.recorder is not None:
                current.recorder.is_complete = True
        self._finish_all()

    def close(self) -> None:
        """Finish all clips with the frames so far.

        Raises:
            SinkError: If a file cannot be written.
        """
        # An error of one event does not keep the others' files from being finished.
        with ExitStack() as stack:
            stack.callback(self._finish_all)
            for current in self._open.values():
                stack.callback(self._end, current)
        self._folder = None

    def _finish_all(self) -> None:
        with ExitStack() as stack:
            for recorder in self._ending:
                stack.callback(self._finish, recorder)
