"""Opens a video, and turns whatever goes wrong with it into one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from edgevid.media import ExactDecoder
from edgevid_train.data.errors import DataError


def open_video(file: Path) -> ExactDecoder:
    """A video's decoder; close it after use.

    Raises:
        DataError: If it cannot be opened, is empty or holds no video.
    """
    with one_line(file):
        if file.is_file() and not file.stat().st_size:
            raise DataError(f"{file}: the file is empty; give a video")
        try:
            return ExactDecoder(file, "skip")
        except IndexError:
            raise DataError(f"{file}: holds no video stream; give a video") from None


@contextmanager
def one_line(file: Path) -> Iterator[None]:
    """Turn errors of FFmpeg and of the file system into a ``DataError`` that names the file."""
    try:
        yield
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{file}: cannot be decoded: {reason}; give a video that plays from start to end"
        ) from error
