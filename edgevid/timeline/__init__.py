"""A drive at a glance: one lane for each group of events, over time."""

from edgevid.timeline.draw import draw_timeline, missing_library
from edgevid.timeline.rows import FORMATS, EventBar, Row, StateBar, state_bars

__all__ = [
    "FORMATS",
    "EventBar",
    "Row",
    "StateBar",
    "draw_timeline",
    "missing_library",
    "state_bars",
]
