"""Writes a recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgevid.errors import RecordingError
from edgevid.recording.frame_log import (
    DropEntry,
    EndEntry,
    FrameEntry,
    FrameLog,
    GapEntry,
    VehicleEntry,
)
from edgevid.recording.manifest import RecordingManifest, write_manifest
from edgevid.recording.pictures import VideoWriter, check_sum, choose_codec, video_name
from edgevid.types import Frame, Gap, Vehicle


def check_new(folder: Path) -> str:
    """Whether a recording can be made there, before anything is opened; the codec it will have.

    Raises:
        RecordingError: If something is there already, or PyAV is missing.
    """
    if "\0" in str(folder):
        raise RecordingError(f"{str(folder)!r} is no folder name")
    with _writing(folder):
        if folder.exists() and not folder.is_dir():
            raise RecordingError(f"{folder} is a file; name a new folder for the recording")
        if folder.is_dir() and any(folder.iterdir()):
            raise RecordingError(
                f"{folder} is not empty, and nothing is overwritten; name a new folder for the "
                f"recording"
            )
    return choose_codec()


class RecordingWriter:
    """Writes every entry at once; an image comes before the line that names it."""

    def __init__(self, folder: Path, manifest: RecordingManifest) -> None:
        """Create the folder and its files.

        Raises:
            RecordingError: If it cannot be written.
        """
        check_new(folder)
        self._folder = folder
        self._codec = manifest.codec
        self._video: VideoWriter | None = None
        self._num_videos = 0
        self._vehicle = Vehicle()
        self.num_pictures = 0
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write_manifest(folder, manifest)
            self._log = FrameLog(folder)

    def frame(self, frame: Frame, *, analysed: bool, with_image: bool = True) -> None:
        """A frame that came out of the ring.

        Raises:
            RecordingError: If the disk is full or gone.
        """
        entry = FrameEntry(
            index=int(frame.index), pts_seconds=float(frame.pts_seconds), analysed=analysed
        )
        with _writing(self._folder):
            if with_image:
                self._video_for(frame).write(frame.image, frame.pts_seconds)
                crc, video = check_sum(frame.image), self._num_videos - 1
                entry = entry.model_copy(update={"video": video, "crc32": crc})
                self.num_pictures += 1
            self._log.write(entry)

    def _video_for(self, frame: Frame) -> VideoWriter:
        height, width = frame.image.shape[:2]
        if self._video is None or self._video.size_wh != (width, height):
            if self._video is not None:
                self._video.close()
            path = self._folder / video_name(self._num_videos)
            self._video = VideoWriter(path, self._codec, (width, height))
            self._num_videos += 1
        return self._video

    def passed(self, index: int, pts_seconds: float) -> None:
        """A frame between two samples of the model's rate that was never decoded."""
        with _writing(self._folder):
            self._log.write(FrameEntry(index=int(index), pts_seconds=pts_seconds, analysed=False))

    def drop(self, index: int, pts_seconds: float, cause: str) -> None:
        """A frame that was lost."""
        fields = {"index": int(index), "pts_seconds": pts_seconds, "cause": cause}
        with _writing(self._folder):
            self._log.write(DropEntry.model_validate(fields))

    def gap(self, gap: Gap) -> None:
        """A gap that the source reported."""
        entry = GapEntry(
            start_seconds=gap.start_seconds, end_seconds=gap.end_seconds, reason=gap.reason
        )
        with _writing(self._folder):
            self._log.write(entry)

    def vehicle(self, pts_seconds: float, vehicle: Vehicle) -> None:
        """Record vehicle signals when they change."""
        if vehicle == self._vehicle:
            return
        self._vehicle = vehicle
        with _writing(self._folder):
            self._log.write(VehicleEntry(pts_seconds=pts_seconds, vehicle=vehicle))

    def close(self, *, complete: bool = True) -> None:
        """Close the files; ``complete`` says that nothing is missing.

        Raises:
            RecordingError: If what was held back cannot be written.
        """
        with _writing(self._folder):
            try:
                if self._video is not None:
                    self._video.close()
                if complete:
                    self._log.write(EndEntry())
            finally:
                self._video = None
                self._log.close()

    @property
    def size_bytes(self) -> int:
        """Size of what is on the disk."""
        return sum(path.stat().st_size for path in self._folder.iterdir())


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn an ``OSError``, such as a full disk, into a ``RecordingError`` that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise RecordingError(f"{folder}: cannot be written: {reason}") from error
