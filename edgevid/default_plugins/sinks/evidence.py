"""A clip, a picture and a record of each serious event."""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from pydantic import Field

from edgevid.default_plugins.sinks.encoder import INSTALL, choose_codec
from edgevid.default_plugins.sinks.evidence_capture import (
    Capture,
    ClipSettings,
    Shot,
    encode_jpeg,
    salvage,
)
from edgevid.default_plugins.sinks.evidence_folder import EvidenceFolder
from edgevid.default_plugins.sinks.targets import directory_target
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.types import Event, Frame, Gap, Image, Prediction

_REPORTED_SECONDS = 15.0
"""A policy may report an event only once it is serious; pictures wait so long for that."""


@dataclass(slots=True)
class _Watched:
    """An event that is open, with the picture at its highest score."""

    event: Event
    classes: tuple[int, ...]
    score: float = -1.0
    picture: Image | None = None
    capture: Capture | None = None
    shown: bool = True
    """Whether the newest picture was written."""


class EvidenceSink(Sink):
    """``ID.mp4``, ``ID.jpg`` and ``ID.json`` of each event that reaches a level.

    The clip begins some seconds before the event and ends some seconds after it, made of pictures
    that wait as JPEG in memory: nothing is analysed twice. Files appear whole or not at all; those
    of a killed run are finished by the next one. docs/evidence.md tells the rest.
    """

    wants_pictures = True

    class Options(BaseOptions):
        """Options of the ``evidence`` sink."""

        level: int = Field(default=2, ge=0, description="Of events that reach this level.")
        pre_seconds: float = Field(default=5.0, ge=0, le=60, description="Before the event.")
        post_seconds: float = Field(default=5.0, ge=0, le=60, description="After the event.")
        max_seconds: float = Field(
            default=60.0, gt=0, le=3600, description="A longer clip is cut, and its record says so."
        )
        overlays: bool = Field(default=False, description="Draw overlays in the clip, too.")
        quality: int = Field(default=85, ge=1, le=100, description="JPEG, in memory and of ID.jpg.")
        crf: int = Field(default=26, ge=0, le=51, description="Of the clip: lower is better.")
        memory_mb: float = Field(
            default=128.0, gt=0, le=4096, description="For pictures that wait, at most."
        )
        quota_mb: float | None = Field(
            default=None, gt=0, description="Of the folder: beyond, the oldest is removed."
        )
        keep_days: float | None = Field(default=None, gt=0, description="Older is removed.")

    options: Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._folder: EvidenceFolder | None = None
        self._shots: deque[Shot] = deque()
        self._bytes = 0
        self._watched: dict[str, _Watched] = {}
        self._ending: list[Capture] = []
        self._last: Image | None = None
        self._last_index = -1
        self._newest: Prediction | None = None

    @classmethod
    def unavailable(cls) -> str | None:
        """Say so if PyAV is missing."""
        return None if importlib.util.find_spec("av") else INSTALL

    def open(self, session: RunInfo) -> None:
        """Create the folder; finish what a killed run left in it.

        Raises:
            SinkError: If it cannot be written, or no clip can be encoded here.
        """
        if reason := self.unavailable():
            raise SinkError(f"sink evidence: {reason}")
        options, rate = self.options, session.source.rate_hz
        self._session = session
        self._settings = ClipSettings(
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
                salvage(folder, name)
        folder.tidy()
        self._folder = folder

    def picture(self, picture: Image, frame: Frame) -> None:
        """Keep it for a while, and hand it to the events that it belongs to."""
        if self._last is None or self._last.shape != picture.shape:
            self._last = np.empty_like(picture)
        np.copyto(self._last, picture)
        self._last_index = frame.index
        seen = picture if self.options.overlays else frame.image
        shot = Shot(frame.pts_seconds, encode_jpeg(seen, self.options.quality))
        self._keep(shot)
        captures = [w.capture for w in self._watched.values() if w.capture is not None]
        for capture in [*captures, *self._ending]:
            capture.add(shot)
            capture.work()
        for capture in list(self._ending):
            if frame.pts_seconds >= capture.event.end_seconds + self.options.post_seconds:
                self._finish(capture)

    def _keep(self, shot: Shot) -> None:
        self._shots.append(shot)
        self._bytes += len(shot.jpeg)
        waiting = [w.event.start_seconds for w in self._watched.values() if w.capture is None]
        now, before = shot.pts_seconds, self.options.pre_seconds
        # An event that grows serious late: half of its clip shows what came before that.
        longest = max(before + _REPORTED_SECONDS, self.options.max_seconds / 2)
        wanted = max(min([now - _REPORTED_SECONDS, *waiting]) - before, now - longest)
        while self._shots and (
            self._shots[0].pts_seconds < wanted or self._bytes > self.options.memory_mb * 1e6
        ):
            self._bytes -= len(self._shots.popleft().jpeg)

    def prediction(self, prediction: Prediction) -> None:
        """Remember the picture where the score of an open event is highest so far."""
        if prediction.valid and prediction.frame_index == self._last_index:
            for watched in self._watched.values():
                self._look(watched, prediction)
        self._newest = prediction

    def _look(self, watched: _Watched, prediction: Prediction) -> None:
        parts = [float(prediction.scores[index]) for index in watched.classes]
        # As the policy does: classes that exclude each other add up.
        score = sum(parts) if self._session.card.activation == "softmax" else max(parts, default=0)
        if self._last is None or not score > watched.score:
            return
        if watched.picture is None or watched.picture.shape != self._last.shape:
            watched.picture = np.empty_like(self._last)
        np.copyto(watched.picture, self._last)
        watched.score, watched.shown = score, False

    def event(self, event: Event) -> None:
        """Begin a clip when the level is reached, and its end when the event ends."""
        watched = self._watched.get(event.id)
        if watched is None:
            watched = self._watched[event.id] = _Watched(event, self._classes(event))
            if self._newest is not None and self._newest.frame_index == self._last_index:
                self._look(watched, self._newest)
        watched.event = event
        if watched.capture is not None:
            watched.capture.note(event)
        elif event.max_level >= self.options.level and self._folder is not None:
            watched.capture = self._begin(self._folder, event)
            self._show(watched)
        if not event.is_open:
            self._end(watched)

    def _classes(self, event: Event) -> tuple[int, ...]:
        names = self._session.card.class_names
        groups = self._session.policy.get("groups")
        labels = groups.get(event.group) if isinstance(groups, dict) else None
        wanted = labels or [part.label for part in event.labels] or [event.label]
        return tuple(index for index, name in enumerate(names) if name in wanted)

    def _begin(self, folder: EvidenceFolder, event: Event) -> Capture:
        capture = Capture(folder, self._session, self._settings, event)
        for shot in self._shots:
            if shot.pts_seconds >= event.start_seconds - self.options.pre_seconds:
                capture.add(shot)
        capture.note(event)
        return capture

    def _show(self, watched: _Watched) -> None:
        if watched.capture is not None and watched.picture is not None and not watched.shown:
            watched.capture.show(watched.picture)
            watched.shown = True

    def _end(self, watched: _Watched) -> None:
        del self._watched[watched.event.id]
        capture = watched.capture
        if capture is None:
            return
        self._ending.append(capture)
        self._show(watched)
        if capture.over:
            self._finish(capture)

    def _finish(self, capture: Capture) -> None:
        self._ending.remove(capture)
        capture.finish()
        if self._folder is not None:
            self._folder.tidy(keep=capture.name)

    def gap(self, gap: Gap) -> None:
        """Finish what is over: pictures after a long gap belong to something else."""
        if gap.duration_seconds <= self._session.card.max_gap_seconds:
            return
        self._shots.clear()
        self._bytes = 0
        for watched in self._watched.values():
            if watched.capture is not None:
                watched.capture.over = True
        for capture in list(self._ending):
            self._finish(capture)

    def close(self) -> None:
        """Finish everything with what is there.

        Raises:
            SinkError: If something cannot be written.
        """
        errors: list[SinkError] = []
        for watched in list(self._watched.values()):
            with _collecting(errors):
                self._end(watched)
        for capture in list(self._ending):
            with _collecting(errors):
                self._finish(capture)
        self._folder = None
        if errors:
            raise errors[0]


@contextmanager
def _collecting(errors: list[SinkError]) -> Iterator[None]:
    """One event's files must not keep the others' from being finished."""
    try:
        yield
    except SinkError as error:
        errors.append(error)
