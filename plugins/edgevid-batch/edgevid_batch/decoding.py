"""Decodes exactly the frames of a chunk, from its key frame on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgevid.media import NotExactError, decode_span
from edgevid.types import Image
from edgevid_batch.chunks import Chunk

__all__ = ["NotExactError", "decode"]

_EARLIER = 3
"""Key frames to go back, one by one, when a container lands behind the one that was asked for."""


def decode(path: Path, chunk: Chunk, key_ticks: list[int]) -> Iterator[Image]:
    """The images of a chunk's frames, uint8 BGR (H, W, 3), in order.

    Args:
        path: A file.
        chunk: A part of it.
        key_ticks: All key frames of the file at or before the chunk's first frame, ascending.

    Raises:
        NotExactError: If a frame is missing or damaged: then the file has to be read through.
    """
    nearest_first = key_ticks[-_EARLIER:][::-1] if chunk.key_ticks is not None else []
    return decode_span(path, chunk.ticks.tolist(), nearest_first)
