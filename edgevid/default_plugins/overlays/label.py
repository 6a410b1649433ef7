"""Overlay of the current prediction and the open events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from edgevid.card import Card
from edgevid.drawing import (
    GREY,
    WHITE,
    Colour,
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

_Line = tuple[str, Colour, Colour | None]
"""Text, its colour, colour of the mark in front."""


class LabelOverlay(Overlay):
    """The top label with its confidence, or "warming up"; below it the open events.

    An event that is serious has its level in the next line, and what it came from.
    """

    class Options(BaseOptions):
        """Options of the ``label`` overlay."""

        position: Literal["top-left", "top-right"] = Field(
            default="top-left", description="Corner of the image."
        )
        max_events: int = Field(default=3, ge=0, le=20, description="Open events shown at most.")

    options: Options

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._card: Card | None = None
        self._max_gap_seconds = 2.0
        self._open_events: dict[str, Event] = {}
        self._last_seconds: float | None = None
        self._lines: tuple[_Line, ...] = ()
        self._panel: Image | None = None
        self._panel_of: tuple[Any, ...] = ()

    def open(self, session: RunInfo) -> None:
        """Take the class names."""
        self._card = session.card
        self._max_gap_seconds = session.card.max_gap_seconds

    def observe(self, prediction: Prediction, events: Sequence[Event]) -> None:
        """Note the label and the events."""
        now = prediction.end_seconds
        if self._last_seconds is not None and now - self._last_seconds > self._max_gap_seconds:
            # A gap closes events without a prediction that would tell.
            self._open_events.clear()
        self._last_seconds = now
        for event in events:
            if event.is_open:
                self._open_events[event.id] = event
            else:
                self._open_events.pop(event.id, None)
        self._lines = tuple(self._describe(prediction))

    def _describe(self, prediction: Prediction) -> list[_Line]:
        if not prediction.valid:
            return [("warming up", GREY, None)]
        lines: list[_Line] = []
        active = [] if self._card is None else active_classes(prediction, self._card)
        for index in active[: self.options.max_events]:
            name = "" if self._card is None else self._card.class_names[index]
            score = float(prediction.scores[index])
            lines.append((f"{readable(name)}  {score:.0%}", WHITE, label_colour(name)))
        if not lines:
            lines.append(("nothing", GREY, None))
        newest = list(self._open_events.values())[::-1][: self.options.max_events]
        for event in newest:
            seconds = max(0.0, prediction.end_seconds - event.start_seconds)
            colour = label_colour(event.label)
            lines.append((f"event: {readable(event.name)}  {seconds:.1f} s", colour, colour))
            if event.level:
                why = event.levels[-1].reason if event.levels else event.reason
                lines.append((f"level {event.level}: {readable(why)}", colour, None))
        return lines

    def draw(self, picture: Image, frame: Frame) -> None:
        """Draw the panel, if the image has room for it."""
        height, width = picture.shape[:2]
        wanted = (height, width, self._lines)
        if wanted != self._panel_of:
            self._panel, self._panel_of = _panel(self._lines, (height, width)), wanted
        if self._panel is not None:
            margin = _margin((height, width))
            at_left = self.options.position == "top-left"
            left = margin if at_left else width - margin - self._panel.shape[1]
            put_patch(picture, self._panel, left, margin)


def _margin(picture_hw: tuple[int, int]) -> int:
    return text_px(picture_hw) // 2


def _panel(lines: Sequence[_Line], picture_hw: tuple[int, int]) -> Image | None:
    """All lines in one patch, as many as fit in the upper two thirds."""
    px = text_px(picture_hw)
    line_px, mark = px * 3 // 2, max(3, px // 2)
    pad, gap = px // 3, px // 3
    room = picture_hw[0] * 2 // 3 - _margin(picture_hw) - 2 * pad
    widest = picture_hw[1] - 2 * _margin(picture_hw) - 2 * pad - mark - gap
    shown = lines[: max(0, room // line_px)]
    patches = [text_patch(text, px, widest, colour) for text, colour, _ in shown]
    if not patches or any(patch is None for patch in patches):
        return None
    drawn = [patch for patch in patches if patch is not None]
    indent = mark + gap if any(marked for _, _, marked in shown) else 0
    # Widths that change with each digit would make the panel flicker.
    width = min(widest, -(-max(patch.shape[1] for patch in drawn) // px) * px)
    panel = np.zeros((len(drawn) * line_px + 2 * pad, width + indent + 2 * pad, 3), np.uint8)
    for row, (patch, (_, _, marked)) in enumerate(zip(drawn, shown, strict=True)):
        top = pad + row * line_px
        if marked:
            middle = top + (line_px - mark) // 2
            panel[middle : middle + mark, pad : pad + mark] = marked
        left = pad + indent
        panel[top : top + line_px, left : left + patch.shape[1]] = patch
    return panel
