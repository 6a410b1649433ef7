"""The last seconds as a coloured strip along the bottom of the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from pydantic import Field

from edgevid.default_plugins.overlays.strip.history import History
from edgevid.drawing import (
    GREY,
    active_classes,
    label_colour,
    put_patch,
    readable,
    text_patch,
    text_px,
)
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import Overlay, RunInfo
from edgevid.types import Event, Frame, Image, Prediction

_WARMING_UP, _GAP, _BACKGROUND, _NOTHING = (70, 70, 70), (95, 95, 95), (60, 60, 60), (25, 25, 25)
_HATCH_LIGHT = 60
_TICK_SECONDS = 5.0


class StripOverlay(Overlay):
    """A timeline that ends now: colour by label, hatched while warming up, grey in gaps.

    Above it a bar for each event, with its label where it fits; ticks every 5 s of the source's
    time. A label's colour depends on its name alone.
    """

    class Options(BaseOptions):
        """Options of the ``strip`` overlay."""

        window_seconds: float = Field(default=30.0, gt=0, le=3600, description="Time shown.")
        labels: bool = Field(default=True, description="Write labels on event bars.")

    options: Options

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._history = History(options.window_seconds)
        self._events: dict[str, Event] = {}
        self._palette = np.zeros((1, 3), np.uint8)
        self._last_seconds: float | None = None
        self._max_gap_seconds = 2.0
        self._num_classes = 0
        self._canvas = np.empty((0, 0, 3), np.uint8)
        self._hatch = np.empty((0, 0), np.bool_)

    def open(self, session: RunInfo) -> None:
        """Choose a colour for each class."""
        card = session.card
        self._max_gap_seconds = card.max_gap_seconds
        self._card = card
        self._num_classes = len(card.class_names)
        colours = [
            _BACKGROUND if name == card.background else label_colour(name)
            for name in card.class_names
        ]
        self._palette = np.array([*colours, _WARMING_UP, _GAP, _NOTHING], np.uint8)

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """Append to the history."""
        now = prediction.end_seconds
        warming_up, gap, nothing = (self._num_classes + offset for offset in range(3))
        if self._last_seconds is None:
            self._history.append(prediction.start_seconds, nothing)
        elif now - self._last_seconds > self._max_gap_seconds:
            self._history.append(now, gap)
        active = active_classes(prediction, self._card)
        label = active[0] if active else nothing
        self._history.append(now, label if prediction.valid else warming_up)
        self._last_seconds = now
        for event in events:
            self._events[event.id] = event
        for key, event in list(self._events.items()):
            if event.is_open and event not in events and not prediction.valid:
                # A gap closed it without a prediction that would tell.
                self._events[key] = event = _closed(event)
            if event.phase == "closed" and event.end_seconds < now - self.options.window_seconds:
                del self._events[key]

    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw the strip, if the image has room for it."""
        height, width = picture.shape[:2]
        px = text_px((height, width))
        ribbon, lane = max(4, px // 2), px * 3 // 2
        total = ribbon + lane
        if self._last_seconds is None or height < 3 * total or width < 4 * px:
            return
        if self._canvas.shape != (total, width, 3):
            self._canvas = np.empty((total, width, 3), np.uint8)
            y, x = np.ogrid[:ribbon, :width]
            self._hatch = (x + y) // max(2, px // 4) % 2 == 0
        now = max(frame.pts_seconds, self._last_seconds)
        self._canvas[:lane] = 0
        self._draw_ribbon(self._canvas[lane:], now)
        self._draw_ticks(self._canvas, lane, now)
        self._draw_events(self._canvas[:lane], now, px)
        put_patch(picture, self._canvas[:lane], 0, height - total)
        picture[height - ribbon :] = self._canvas[lane:]

    def _draw_ribbon(self, ribbon: Image, now: float) -> None:
        width = ribbon.shape[1]
        start = now - self.options.window_seconds
        times = start + (np.arange(width) + 0.5) * (self.options.window_seconds / width)
        kinds = self._history.at(times, nothing=self._num_classes + 2)
        # A prediction stands until the next one, but not across a gap.
        last = self._last_seconds or 0.0
        if now - last <= self._max_gap_seconds and len(self._history):
            kinds[times > last] = self._history.newest
        ribbon[:] = self._palette[kinds]
        is_hatched = (kinds == self._num_classes)[None, :] & self._hatch
        ribbon[is_hatched] += np.uint8(_HATCH_LIGHT)

    def _x(self, seconds: float, now: float, width: int) -> int:
        share = (seconds - now) / self.options.window_seconds + 1
        return round(min(1.0, max(0.0, share)) * width)

    def _draw_ticks(self, canvas: Image, lane: int, now: float) -> None:
        width = canvas.shape[1]
        step = _TICK_SECONDS * max(1, round(self.options.window_seconds / 60))
        tick = now - now % step
        while tick > now - self.options.window_seconds:
            x = min(width - 1, self._x(tick, now, width))
            canvas[lane - max(2, lane // 5) : lane, x] = GREY
            canvas[lane:, x] = 0
            tick -= step

    def _draw_events(self, lane: Image, now: float, px: int) -> None:
        height, width = lane.shape[:2]
        for event in self._events.values():
            end = now if event.is_open else event.end_seconds
            x0, x1 = self._x(event.start_seconds, now, width), self._x(end, now, width)
            x1 = max(x1, x0 + 2)
            bar = lane[height - 1 - max(2, px // 5) : -1, x0:x1]
            bar[:] = label_colour(event.label)
            small = max(9, px * 2 // 3)
            if not self.options.labels or x1 - x0 < 2 * small:
                continue
            text = text_patch(readable(event.label), small, x1 - x0, label_colour(event.label))
            if text is not None and text.shape[0] <= height:
                under = lane[: text.shape[0], x0 : x0 + text.shape[1]]
                cv2.max(under, text[:, : under.shape[1]], dst=under)


def _closed(event: Event) -> Event:
    return replace(event, phase="closed")
