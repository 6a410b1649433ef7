"""A drive at a glance: one lane for each group of events, over time."""

from edgevid.timeline.colours import colour_of, order_of
from edgevid.timeline.draw import draw_timeline, missing_library
from edgevid.timeline.rows import FORMATS, Row, Segment, Stretch, stretches

__all__ = [
    "FORMATS",
    "Row",
    "Segment",
    "Stretch",
    "colour_of",
    "draw_timeline",
    "missing_library",
    "order_of",
    "stretches",
]
