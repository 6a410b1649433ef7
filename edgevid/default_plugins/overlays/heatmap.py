"""Saliency map as a glow over the image."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import Overlay, RunInfo
from edgevid.types import Event, Frame, Image, Prediction

_COARSE_PX = 96
"""Longer side at which the map is smoothed and coloured."""


class HeatmapOverlay(Overlay):
    """Tints the image from yellow to red where saliency is high, and leaves the rest alone.

    The map is smoothed and coloured small, once for each prediction, and enlarged once; drawing is
    one addition and one subtraction within the box that glows.
    """

    class Options(BaseOptions):
        """Options of the ``heatmap`` overlay."""

        strength: float = Field(default=0.4, gt=0, le=1, description="Tint at the maximum.")
        floor: float = Field(
            default=0.25, ge=0, lt=1, description="Saliency below it is not shown."
        )

    options: Options

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._lift_colours, self._lower_colours = _tints(options.strength, options.floor)
        self._level: npt.NDArray[np.uint8] | None = None
        self._is_new = False
        self._until_seconds = 0.0
        self._max_gap_seconds = 2.0
        self._shape: tuple[int, ...] = ()
        self._box: tuple[slice, slice] | None = None
        self._lift = self._lower = np.empty((0, 0, 3), np.uint8)

    def open(self, session: RunInfo) -> None:
        """Take how long a prediction stands."""
        self._max_gap_seconds = session.card.max_gap_seconds

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """Smooth the new map, small; one that is not explained leaves the last map as it is."""
        saliency = prediction.saliency
        if prediction.valid and saliency is None:
            return
        self._is_new = True
        self._until_seconds = prediction.end_seconds + self._max_gap_seconds
        if not prediction.valid or saliency is None or saliency.ndim != 2 or not saliency.size:
            self._level = None
            return
        height, width = saliency.shape
        factor = max(1.0, _COARSE_PX / max(height, width))
        coarse = cv2.resize(
            np.nan_to_num(saliency.astype(np.float32, copy=False)),
            (max(1, round(width * factor)), max(1, round(height * factor))),
            interpolation=cv2.INTER_CUBIC,
        )
        self._level = np.clip(coarse * 255, 0, 255).astype(np.uint8)

    def draw(self, picture: Image, frame: Frame) -> None:
        """Tint the image."""
        if self._level is None or frame.pts_seconds > self._until_seconds:
            return
        if self._is_new or picture.shape != self._shape:
            self._enlarge(self._level, picture.shape)
            self._is_new = False
        if self._box is not None:
            glowing = picture[self._box]
            cv2.add(glowing, self._lift[self._box], dst=glowing)
            cv2.subtract(glowing, self._lower[self._box], dst=glowing)

    def _enlarge(self, level: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> None:
        if shape != self._shape:
            self._shape = shape
            self._lift, self._lower = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        height, width = shape[:2]
        rows, columns = np.nonzero(level >= max(1, self.options.floor * 255))
        if not rows.size:
            self._box = None
            return
        # One coarse cell of margin: interpolation carries colour into the neighbours.
        scale_y, scale_x = height / level.shape[0], width / level.shape[1]
        top, left = max(0, rows.min() - 1), max(0, columns.min() - 1)
        bottom = min(level.shape[0], rows.max() + 2)
        right = min(level.shape[1], columns.max() + 2)
        y0, y1 = round(top * scale_y), max(round(top * scale_y) + 1, round(bottom * scale_y))
        x0, x1 = round(left * scale_x), max(round(left * scale_x) + 1, round(right * scale_x))
        self._box = (slice(y0, min(y1, height)), slice(x0, min(x1, width)))
        part = cv2.merge([np.ascontiguousarray(level[top:bottom, left:right])] * 3)
        for colours, large in (
            (self._lift_colours, self._lift),
            (self._lower_colours, self._lower),
        ):
            target = large[self._box]
            size = (target.shape[1], target.shape[0])
            cv2.resize(cv2.LUT(part, colours), size, dst=target, interpolation=cv2.INTER_LINEAR)


def _tints(strength: float, floor: float) -> tuple[Image, Image]:
    """Offsets of blue, green and red at each level, uint8, (256, 1, 3)."""
    level = np.linspace(0, 1, 256)
    above = np.clip((level - floor) / (1 - floor), 0, 1)
    tint = np.zeros((256, 1, 3))
    amount = strength * np.sqrt(above) * 255 * (level >= floor)
    tint[:, 0, 2] = amount
    # Yellow at the edge, red in the middle.
    tint[:, 0, 1] = amount * (0.5 - 1.3 * above)
    tint[:, 0, 0] = -amount * 0.9
    return (
        np.clip(tint, 0, 255).astype(np.uint8),
        np.clip(-tint, 0, 255).astype(np.uint8),
    )
