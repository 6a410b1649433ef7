"""Outlines of the parts of the image that the model watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.card import Card
from edgevid.drawing import (
    WHITE,
    active_classes,
    label_colour,
    put_patch,
    readable,
    text_patch,
    text_px,
)
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import Overlay, RunInfo
from edgevid.types import Event, Frame, Image, Prediction, Region


class RegionsOverlay(Overlay):
    """Each region's outline and name; filled faintly while the class of that name is active."""

    class Options(BaseOptions):
        """Options of the ``regions`` overlay."""

        names: bool = Field(default=True, description="Write the regions' names.")
        fill: float = Field(default=0.3, ge=0, le=1, description="Tint of an active region.")

    options: Options

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._regions: Sequence[Region] = ()
        self._card: Card | None = None
        self._active: set[str] = set()
        self._open_events: dict[str, str] = {}
        self._shape: tuple[int, ...] = ()
        self._outlines: list[_Outline] = []

    def open(self, session: RunInfo) -> None:
        """Take the regions."""
        self._regions = [r for r in session.regions if len(r.polygon) >= 2]
        self._card = session.card

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """Note which classes are active, those with an open event included."""
        for event in events:
            if event.is_open:
                self._open_events[event.id] = event.label
            else:
                self._open_events.pop(event.id, None)
        if not prediction.valid:
            # After a gap the model warms up again, and no event is open.
            self._open_events.clear()
        self._active = set(self._open_events.values())
        if self._card is not None:
            names = self._card.class_names
            self._active.update(names[i] for i in active_classes(prediction, self._card))

    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw the outlines."""
        if picture.shape != self._shape:
            self._shape = picture.shape
            self._outlines = [_Outline(r, picture.shape, self.options) for r in self._regions]
        for outline in self._outlines:
            outline.draw(picture, is_active=outline.name in self._active)


class _Outline:
    """One region at one image size, with what drawing needs prepared."""

    def __init__(self, region: Region, shape: tuple[int, ...], options: Any) -> None:
        height, width = shape[:2]
        self.name = region.name
        self._colour = label_colour(region.name)
        fractions = np.clip(np.nan_to_num(np.asarray(region.polygon, np.float64)), 0, 1)
        self._corners: npt.NDArray[np.int32] = np.round(fractions * (width - 1, height - 1)).astype(
            np.int32
        )
        self._thickness = max(1, round(min(height, width) / 360))
        x0, y0 = self._corners.min(axis=0)
        x1, y1 = self._corners.max(axis=0) + 1
        self._box = (slice(y0, y1), slice(x0, x1))
        mask = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
        lift = tuple(c * options.fill for c in self._colour)
        lower = tuple((255 - c) * options.fill for c in self._colour)
        corners = self._corners - (x0, y0)
        self._lift = cv2.fillPoly(mask.copy(), [corners.astype(np.int32)], lift)
        self._lower = cv2.fillPoly(mask, [corners.astype(np.int32)], lower)
        px = max(9, text_px((height, width)) * 3 // 4)
        self._text = text_patch(readable(region.name), px, width, WHITE) if options.names else None
        if self._text is not None:
            left = min(int(x0), width - self._text.shape[1])
            top = int(y0) - self._text.shape[0]
            # Inside the region where there is no room above it.
            top = top if top >= 0 else min(int(y0), height - self._text.shape[0])
            self._text_at = (max(0, left), max(0, top))
            if self._text.shape[0] > height:
                self._text = None

    def draw(self, picture: Image, *, is_active: bool) -> None:
        if is_active:
            inside = picture[self._box]
            cv2.add(inside, self._lift, dst=inside)
            cv2.subtract(inside, self._lower, dst=inside)
        thickness = self._thickness * (2 if is_active else 1)
        # A dark rim keeps the line visible on a background of its own colour.
        cv2.polylines(picture, [self._corners], True, (0, 0, 0), thickness + 2, cv2.LINE_AA)
        cv2.polylines(picture, [self._corners], True, self._colour, thickness, cv2.LINE_AA)
        if self._text is not None:
            put_patch(picture, self._text, *self._text_at)
