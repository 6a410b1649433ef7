"""Parts that overlays share: text and colours on images, and the classes to show."""

from edgevid.drawing.active import active_classes
from edgevid.drawing.text import (
    GREY,
    WHITE,
    Colour,
    label_colour,
    put_patch,
    readable,
    text_patch,
    text_px,
)

__all__ = [
    "GREY",
    "WHITE",
    "Colour",
    "active_classes",
    "label_colour",
    "put_patch",
    "readable",
    "text_patch",
    "text_px",
]
