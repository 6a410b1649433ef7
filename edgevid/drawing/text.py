"""Text and colours that stay legible on any image, of any size."""

from __future__ import annotations

import colorsys
import unicodedata
import zlib
from functools import lru_cache

import cv2
import numpy as np

from edgevid.types import Image

Colour = tuple[int, int, int]
"""Blue, green, red."""

WHITE: Colour = (255, 255, 255)
GREY: Colour = (170, 170, 170)

_FONT = cv2.FONT_HERSHEY_SIMPLEX
# Only since OpenCV 5 does putText know more than ASCII.
_HAS_UNICODE = int(cv2.__version__.split(".")[0]) >= 5
_SMALLEST_TEXT_PX = 9
_SHADE = 0.35


@lru_cache(maxsize=1024)
def label_colour(name: str) -> Colour:
    """A bright colour that depends on the name alone, the same in every run."""
    code = zlib.crc32(name.encode("utf-8", "ignore"))
    hue, saturation = (code % 3600) / 3600, 0.55 + 0.4 * ((code >> 12) % 8) / 7
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, 1.0)
    return round(blue * 255), round(green * 255), round(red * 255)


def readable(text: str) -> str:
    """The text as it can be drawn: one line, spaces for underscores, no unknown characters."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("_", " ")
    if not _HAS_UNICODE:
        text = unicodedata.normalize("NFKD", text).replace("ß", "ss")
        text = "".join(c for c in text if not unicodedata.combining(c))
        return text.encode("ascii", "replace").decode()
    return text.encode("utf-8", "replace").decode()


def text_px(picture_hw: tuple[int, int]) -> int:
    """Height of text for an image."""
    return max(_SMALLEST_TEXT_PX, min(64, round(min(picture_hw) * 0.04)))


@lru_cache(maxsize=256)
def text_patch(text: str, px: int, widest: int, colour: Colour = WHITE) -> Image | None:
    """Render one line on black, shortened to fit; treat it as read-only.

    Args:
        text: As given by ``readable``.
        px: Height of capital letters' line, pixels.
        widest: Pixels there are.
        colour: Of the letters.

    Returns:
        uint8, (px * 3 // 2, w, 3) with w at most ``widest``, or None if not even a letter fits.
    """
    scale, thickness = px / 26, max(1, round(px / 14))
    height = px * 3 // 2
    pad = max(1, px // 6)

    def width_of(candidate: str) -> int:
        return int(cv2.getTextSize(candidate, _FONT, scale, thickness)[0][0]) + 2 * pad

    if width_of(text) > widest:
        keep = len(text)
        while keep > 0 and width_of(text[:keep].rstrip() + "...") > widest:
            keep -= 1
        if keep == 0:
            return None
        text = text[:keep].rstrip() + "..."
    patch = np.zeros((height, width_of(text), 3), np.uint8)
    baseline = height - round(px * 0.42)
    cv2.putText(patch, text, (pad, baseline), _FONT, scale, colour, thickness, cv2.LINE_AA)
    return patch


def put_patch(picture: Image, patch: Image, left: int, top: int, shade: float = _SHADE) -> None:
    """Darken the image under a patch and add the patch, in place, within the image."""
    height, width = picture.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + patch.shape[1]), min(height, top + patch.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    under = picture[y0:y1, x0:x1]
    cv2.convertScaleAbs(under, dst=under, alpha=shade)
    cv2.add(under, patch[y0 - top : y1 - top, x0 - left : x1 - left], dst=under)
