"""Reads a recording back: its images are those that were recorded, or it says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgevid.errors import RecordingError
from edgevid.recording.frame_log import (
    DropEntry,
    EndEntry,
    Entry,
    FrameEntry,
    GapEntry,
    VehicleEntry,
    read_frame_log,
)
from edgevid.recording.manifest import read_manifest
from edgevid.recording.pictures import RecordedFrames, check_sum, video_name
from edgevid.types import Image, Vehicle

Recorded = FrameEntry | DropEntry | GapEntry


class RecordingReader:
    """Frames, losses and gaps of a recording, in order, with the image of the newest frame."""

    def __init__(self, folder: Path) -> None:
        """Read what it says of itself.

        Raises:
            RecordingError: If it is no recording, or a part is missing or malformed.
        """
        self._folder = folder
        self.manifest = read_manifest(folder)
        self.num_frames = 0
        self.duration_seconds = 0.0
        self._last_video = -1
        self._survey()
        self._entries: Iterator[Entry] = read_frame_log(folder)
        self._reader: RecordedFrames | None = None
        self._number = -1
        self._entry: FrameEntry | None = None
        self._last: tuple[int, float] | None = None
        self._is_ended = False
        self.cut_off_seconds: float | None = None
        """pts of the last frame, if the recorder was killed or failed after it."""

    def _survey(self) -> None:
        """Read the whole timeline, so that damage is reported before a run."""
        first: float | None = None
        for entry in read_frame_log(self._folder):
            if not isinstance(entry, FrameEntry | DropEntry):
                continue
            self.num_frames += 1
            first = entry.pts_seconds if first is None else first
            self.duration_seconds = entry.pts_seconds - first
            video = entry.video if isinstance(entry, FrameEntry) else None
            if video is None or video == self._last_video:
                continue
            path = self._folder / video_name(video)
            if video != self._last_video + 1:
                raise self._damaged(f"{path.name} comes out of turn")
            if not path.is_file():
                raise RecordingError(f"{path}: is missing; copy the whole folder")
            self._last_video = video

    def advance(self) -> Recorded | None:
        """Return the next entry; None at the end.

        Raises:
            RecordingError: If the recording is damaged.
        """
        self._entry = None
        while not self._is_ended:
            entry = next(self._entries, None)
            if isinstance(entry, VehicleEntry):
                continue
            if isinstance(entry, EndEntry):
                self._is_ended = True
            elif entry is None or (isinstance(entry, FrameEntry) and not self._find(entry)):
                self._is_ended = True
                self.cut_off_seconds = self._last[1] if self._last else 0.0
            else:
                self._check_order(entry)
                return entry
        return None

    def _find(self, entry: FrameEntry) -> bool:
        """Decode the image of a frame; False where a killed recorder had not written it."""
        if entry.video is None:
            return True
        if entry.video != self._number:
            self._close_video()
            self._number = entry.video
            self._reader = RecordedFrames(self._folder / video_name(entry.video))
        if self._reader is None or not self._reader.advance(entry.pts_seconds):
            self._check_tail(entry)
            return False
        self._entry = entry
        return True

    def _check_tail(self, entry: FrameEntry) -> None:
        """Images may be missing at the end of a recording that was cut off, and only there."""
        if entry.video != self._last_video or any(isinstance(e, EndEntry) for e in self._entries):
            raise self._damaged(
                f"{video_name(self._number)} ends before the frame at {entry.pts_seconds:.3f} s"
            )

    def _check_order(self, entry: Recorded) -> None:
        if isinstance(entry, GapEntry):
            return
        if self._last and entry.index <= self._last[0]:
            raise self._damaged(f"the frame at {entry.pts_seconds:.3f} s comes out of turn")
        self._last = entry.index, entry.pts_seconds

    def picture(self, out: Image | None = None) -> Image | None:
        """The newest frame's image, in ``out`` if its shape fits; None if none was kept.

        Raises:
            RecordingError: If it is not the one that was recorded.
        """
        if self._entry is None or self._reader is None:
            return None
        image = self._reader.picture(out)
        if self._entry.crc32 is not None and check_sum(image) != self._entry.crc32:
            raise self._damaged(
                f"the frame at {self._entry.pts_seconds:.3f} s is not the one that was recorded"
            )
        return image

    def _damaged(self, what: str) -> RecordingError:
        return RecordingError(f"{self._folder}: {what}; the recording is damaged")

    def close(self) -> None:
        """Close the files."""
        self._is_ended = True
        self._close_video()

    def _close_video(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None


def read_vehicle(folder: Path) -> Iterator[tuple[float, Vehicle]]:
    """Times from which on each state of the vehicle was known.

    Raises:
        RecordingError: If the timeline is missing or malformed.
    """
    for entry in read_frame_log(folder):
        if isinstance(entry, VehicleEntry):
            yield entry.pts_seconds, entry.vehicle
