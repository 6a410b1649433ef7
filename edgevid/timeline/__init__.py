"""Timeline image of a drive: one lane for each group of events."""

from edgevid.timeline.colours import AVAILABILITY as AVAILABILITY_STYLES
from edgevid.timeline.colours import FAINT, GRID, INK, colour_of, order_of
from edgevid.timeline.draw import draw_timeline, missing_library
from edgevid.timeline.rows import FORMATS, EventBar, Row, StateBar, state_bars
from edgevid.timeline.texts import clock
from edgevid.timeline.texts import plain as plain_label

__all__ = [
    "AVAILABILITY_STYLES",
    "FAINT",
    "FORMATS",
    "GRID",
    "INK",
    "EventBar",
    "Row",
    "StateBar",
    "clock",
    "colour_of",
    "draw_timeline",
    "missing_library",
    "order_of",
    "plain_label",
    "state_bars",
]
