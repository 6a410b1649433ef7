"""A drive at a glance: one lane for each group of events, over time."""

from edgevid.timeline.colours import (
    AVAILABILITY as AVAILABILITY_STYLES,
)
from edgevid.timeline.colours import (
    FAINT,
    GRID,
    INK,
    colour_of,
    order_of,
)
from edgevid.timeline.draw import draw_timeline, missing_library
from edgevid.timeline.rows import FORMATS, Row, Segment, Stretch, stretches
from edgevid.timeline.texts import clock
from edgevid.timeline.texts import plain as plain_label

__all__ = [
    "AVAILABILITY_STYLES",
    "FAINT",
    "FORMATS",
    "GRID",
    "INK",
    "Row",
    "Segment",
    "Stretch",
    "clock",
    "colour_of",
    "draw_timeline",
    "missing_library",
    "order_of",
    "plain_label",
    "stretches",
]
