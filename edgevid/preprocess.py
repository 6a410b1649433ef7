"""The only preprocessing outside the graph: brings a frame to the card's size.

Training and running call the same function, so they cannot disagree.
"""

from __future__ import annotations

import cv2

from edgevid.card import Card
from edgevid.types import Image

_INTERPOLATION = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}


def resize(image: Image, card: Card, out: Image | None = None) -> Image:
    """Bring a frame to the card's input size by the card's rule.

    Args:
        image: uint8 BGR, (H, W, 3).
        card: Gives ``input_size`` and ``resize``; without an input size the frame stays as it is.
        out: Where to write, (h, w, 3); a new array if None.

    Returns:
        uint8 BGR, (h, w, 3).
    """
    if card.input_size is None:
        return image
    height, width = card.input_size
    rule = card.resize
    how = _INTERPOLATION[rule.interpolation]
    if rule.mode == "stretch":
        return _into(image, width, height, how, out)
    if rule.mode == "short_side_crop":
        return _into(_centre_crop(image, card), width, height, how, out)
    return _letterbox(image, width, height, how, out)


def _into(image: Image, width: int, height: int, how: int, out: Image | None) -> Image:
    resized = cv2.resize(image, (width, height), dst=out, interpolation=how)
    return resized.astype("uint8", copy=False)


def _centre_crop(image: Image, card: Card) -> Image:
    # Cropping first and resizing once gives the same image as resizing to the short side and
    # cropping then, without computing the pixels that are cut away.
    if card.input_size is None:
        return image
    height, width = card.input_size
    short = card.resize.short_side or min(height, width)
    scale = min(image.shape[:2]) / short
    crop_h = min(image.shape[0], max(1, round(height * scale)))
    crop_w = min(image.shape[1], max(1, round(width * scale)))
    top = (image.shape[0] - crop_h) // 2
    left = (image.shape[1] - crop_w) // 2
    return image[top : top + crop_h, left : left + crop_w]


def _letterbox(image: Image, width: int, height: int, how: int, out: Image | None) -> Image:
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_w = min(width, max(1, round(image.shape[1] * scale)))
    inner_h = min(height, max(1, round(image.shape[0] * scale)))
    inner = cv2.resize(image, (inner_w, inner_h), interpolation=how)
    top, left = (height - inner_h) // 2, (width - inner_w) // 2
    framed = cv2.copyMakeBorder(
        inner,
        top,
        height - inner_h - top,
        left,
        width - inner_w - left,
        cv2.BORDER_CONSTANT,
        dst=out,
        value=(0, 0, 0),
    )
    return framed.astype("uint8", copy=False)
