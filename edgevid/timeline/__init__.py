"""A drive at a glance: one lane for each group of events, over time."""

from edgevid.timeline.colours import colour_of, order_of
from edgevid.timeline.draw import draw_timeline, missing_library
from edgevid.timeline.rows import FORMATS, EventBar, Row, StateBar, state_bars

__all__ = [
    "FORMATS",
    "EventBar",
    "Row",
    "StateBar",
    "colour_of",
    "draw_timeline",
    "missing_library",
    "order_of",
    "state_bars",
]
