"""Clips whose class is the order of their frames, and nothing else.

A scene is a loop of sixteen images: one shape at sixteen places around the image, or in sixteen
sizes. A clip begins anywhere on the loop and goes on by 1, -1, 3 or -3 images at a time: right or
in, left or out, slow or fast. All four steps are coprime to sixteen, so that sixteen frames are the
whole loop, each image once, whatever the class. Hence

- a frame is any of the sixteen with the same chance in every class, at every time: single frames
  say nothing;
- the frames of a clip without their order are the same in every class: no mean over frames says
  anything either. Whatever is right more often than one time in four sees order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edgevid.types import Image

LOOP = 16
"""Images of a scene, and the frames of a clip or a divisor of their number."""
STEPS = {"forwards": 1, "backwards": -1, "forwards_fast": 3, "backwards_fast": -3}
"""Class → images per frame along the loop."""
CLASSES = tuple(STEPS)
SIDE = 32
"""Side of an image, pixels."""

_RADII = tuple(3.0 * 3.0 ** (phase / (LOOP - 1)) for phase in range(LOOP))
_FINE = 8
_DARK, _BRIGHT = (20, 110), (150, 255)
_PATCHES = 4

Phases = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scenes:
    """Contents of N clips, drawn independently of their classes."""

    sideways: npt.NDArray[np.bool_]
    """Whether the loop is one of places; else it is one of sizes, (N,)."""
    shape: npt.NDArray[np.int64]
    """(N,)."""
    still: Phases
    """The size or the place that stays, (N,)."""
    row: npt.NDArray[np.int64]
    """Row of the shape's centre, pixels, (N,)."""
    colour: npt.NDArray[np.float32]
    """Colour of the shape, (N, 3)."""
    background: npt.NDArray[np.float32]
    """(N, SIDE, SIDE, 3)."""

    def __len__(self) -> int:
        return len(self.shape)


def draw_scenes(rng: np.random.Generator, count: int) -> Scenes:
    """Draw scenes at random."""
    patches = rng.uniform(*_DARK, (count, _PATCHES, _PATCHES, 3)).astype(np.float32)
    smooth = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in patches]
    return Scenes(
        sideways=rng.integers(2, size=count).astype(bool),
        shape=rng.integers(len(_masks()), size=count),
        still=rng.integers(LOOP, size=count),
        row=rng.integers(SIDE // 4, 3 * SIDE // 4, size=count),
        colour=rng.uniform(*_BRIGHT, (count, 3)).astype(np.float32),
        background=np.stack(smooth).clip(0, 255),
    )


def phases(starts: Phases, labels: Phases, length: int) -> Phases:
    """Return the place of each frame on the loop.

    Args:
        starts: Of the first frame, (N,).
        labels: Places in ``CLASSES``, (N,).
        length: Frames of a clip.

    Returns:
        0 to 15, (N, length).
    """
    steps = np.array(list(STEPS.values()))[labels]
    phases: Phases = ((starts[:, None] + steps[:, None] * np.arange(length)) % LOOP).astype(
        np.int64
    )
    return phases


def render(scenes: Scenes, at: Phases) -> Image:
    """Images of scenes.

    Args:
        scenes: N of them.
        at: Phases on their loops, (N, T).

    Returns:
        uint8 BGR, (N, T, SIDE, SIDE, 3).
    """
    still = np.broadcast_to(scenes.still[:, None], at.shape)
    sideways = scenes.sideways[:, None]
    size, place = np.where(sideways, still, at), np.where(sideways, at, still)
    # The image is a torus: what leaves it on one side comes in on the other.
    pixels = np.arange(SIDE)
    rows = (pixels - scenes.row[:, None] + SIDE // 2) % SIDE
    columns = (pixels - place[..., None] * (SIDE // LOOP) + SIDE // 2) % SIDE
    covered = _masks()[
        scenes.shape[:, None, None, None],
        size[:, :, None, None],
        rows[:, None, :, None],
        columns[:, :, None, :],
    ][..., None]
    behind = scenes.background[:, None]
    pictures = behind + covered * (scenes.colour[:, None, None, None] - behind)
    rendered: Image = np.rint(pictures).astype(np.uint8)
    return rendered


def draw_clips(rng: np.random.Generator, count: int, length: int = LOOP) -> tuple[Image, Phases]:
    """Clips of all classes, as many of each.

    Args:
        rng: Draws everything.
        count: N, a multiple of the number of classes.
        length: T, a multiple of ``LOOP``, or the above does not hold.

    Returns:
        uint8 BGR (N, T, SIDE, SIDE, 3), and their labels (N,).

    Raises:
        ValueError: If the count or the length is no such multiple.
    """
    if count % len(CLASSES) or length % LOOP or count <= 0 or length <= 0:
        raise ValueError(
            f"{count} clips of {length} frames; give multiples of {len(CLASSES)} and of {LOOP}"
        )
    labels = rng.permutation(np.arange(count) % len(CLASSES))
    starts = rng.integers(LOOP, size=count)
    return render(draw_scenes(rng, count), phases(starts, labels, length)), labels


@cache
def _masks() -> npt.NDArray[Any]:
    """Return the cover of each pixel by the shape, (shapes, LOOP sizes, SIDE, SIDE)."""
    return np.stack([[_mask(corners, radius) for radius in _RADII] for corners in (0, 3, 4, 6)])


def _mask(corners: int, radius: float) -> npt.NDArray[np.float32]:
    """A regular polygon in the middle; a disc without corners."""
    fine = np.zeros((SIDE * _FINE, SIDE * _FINE), np.float32)
    middle = SIDE * _FINE // 2
    around = np.arange(corners or 48) * 2 * np.pi / (corners or 48)
    points = middle + radius * _FINE * np.stack([np.sin(around), -np.cos(around)], axis=1)
    cv2.fillPoly(fine, [np.rint(points).astype(np.int32)], 1.0)
    small = cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32, copy=False)
