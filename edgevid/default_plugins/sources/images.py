"""``images``: a directory or glob of images at a given rate."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, Field

from edgevid.errors import SourceOpenError
from edgevid.interfaces import Grabbed, Options, Source
from edgevid.media import IMAGE_SUFFIXES, read_still
from edgevid.types import Gap, Image, SourceInfo

_DIGITS = re.compile(r"(\d+)")
_MAX_NAMED = 5


class ImagesOptions(Options):
    """Timing and size of a video made from images."""

    fps: float = Field(10.0, gt=0, le=1000, description="Images per second.")


class ImagesSource(Source):
    """Images in natural order (2 before 10); their sizes may differ."""

    Options: ClassVar[type[BaseModel]] = ImagesOptions
    options: ImagesOptions
    recorded = True

    def __init__(self, options: ImagesOptions, uri: str) -> None:
        super().__init__(options, uri)
        self._fps = options.fps
        self._paths: list[Path] = []
        self._next = 0
        self._unreadable: dict[Path, None] = {}

    def open(self) -> SourceInfo:
        """List the images and read the first one that can be read."""
        self._paths = _list_pictures(self.uri)
        first = next((image for p in self._paths if (image := read_still(p)) is not None), None)
        if first is None:
            raise SourceOpenError(
                f"images:{self.uri}: none of {len(self._paths)} files can be read as an image"
            )
        height, width = first.shape[:2]
        return SourceInfo(
            uri=f"images:{self.uri}",
            kind="images",
            live=False,
            width=width,
            height=height,
            rate_hz=self._fps,
            num_frames=len(self._paths),
            duration_seconds=len(self._paths) / self._fps,
            codec=self._paths[0].suffix.lower().lstrip("."),
        )

    def grab(self) -> Grabbed | Gap | None:
        """Advance by one image."""
        if self._next >= len(self._paths):
            return None
        index = self._next
        self._next += 1
        return Grabbed(index, index / self._fps, time.monotonic())

    def retrieve(self, out: Image | None = None) -> Image | None:
        """Read the image; None, and a warning with its name, if that fails."""
        path = self._paths[self._next - 1]
        image = read_still(path)
        if image is None:
            self._unreadable[path] = None
        elif out is not None and out.shape == image.shape:
            np.copyto(out, image)
            return out
        return image

    @property
    def warnings(self) -> Sequence[str]:
        """Names of the images that could not be read."""
        if not self._unreadable:
            return ()
        names = [path.name for path in self._unreadable]
        more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
        return [
            f"{len(names)} of {len(self._paths)} images could not be read: "
            f"{', '.join(names[:_MAX_NAMED])}{more}"
        ]


def _list_pictures(pattern: str) -> list[Path]:
    if not pattern:
        raise SourceOpenError(
            "images: needs a directory or a glob, for example images:frames/*.png"
        )
    root = Path(pattern)
    try:
        if root.is_dir():
            found = [
                p for p in root.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()
            ]
        elif root.is_file():
            found = [root]
        else:
            found = [p for p in map(Path, _expand(pattern)) if p.is_file()]
    except OSError as error:
        raise SourceOpenError(f"images:{pattern}: cannot be listed: {error.strerror}") from error
    if not found:
        exists = root.is_dir() or glob.has_magic(pattern)
        what = "holds no images" if root.is_dir() else "matches no file"
        raise SourceOpenError(
            f"images:{pattern} {what if exists else 'does not exist'}; give a directory or a glob "
            f"of {', '.join(sorted(IMAGE_SUFFIXES))} files"
        )
    return sorted(found, key=_natural)


def _expand(pattern: str) -> list[str]:
    # Path.glob refuses absolute patterns.
    return glob.glob(pattern, recursive=True)  # noqa: PTH207


def _natural(path: Path) -> list[tuple[int, int | str]]:
    parts = _DIGITS.split(str(path))
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts if part]
