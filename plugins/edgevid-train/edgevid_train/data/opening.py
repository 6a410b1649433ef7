"""Opens a video, and turns whatever goes wrong with it into one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from edgevid_train.data.errors import DataError


def open_video(file: Path) -> Any:
    """An open ``av`` container with at least one video stream; close it after use.

    Raises:
        DataError: If it cannot be opened, is empty or holds no video.
    """
    with one_line(file):
        if file.is_file() and not file.stat().st_size:
            raise DataError(f"{file}: the file is empty; give a video")
        # The prefix keeps FFmpeg from taking a name like "concat:..." for a protocol.
        container = av.open(f"file:{file.absolute()}")
    if not container.streams.video:
        container.close()
        raise DataError(f"{file}: holds no video stream; give a video")
    # Loaders run one process per core already.
    container.streams.video[0].codec_context.thread_count = 1
    return container


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
