"""An image that says which frame it is, to a program and to people."""

from __future__ import annotations

import cv2
import numpy as np

from edgevid.types import Image

_COLUMNS, _ROWS = 16, 2
_INDEX_BITS = 24
_CHECK_SALT = 0xA5
"""Keeps the code from being all black or all white, so that a threshold always exists."""
_BAND = (0.50, 0.80)
"""Rows that the code covers, as fractions of the height: clear of labels at top and bottom."""
MAX_INDEX = (1 << _INDEX_BITS) - 1


def paint_pattern(index: int, image: Image) -> None:
    """Paint frame ``index`` over the whole of ``image``.

    Args:
        index: 0 to ``MAX_INDEX``.
        image: uint8, (H, W, 3), BGR; written in place.
    """
    height, width = image.shape[:2]
    image[:] = _background(width)
    bar = max(2, width // 20)
    left = index * max(1, width // 60) % max(1, width - bar)
    image[: int(height * 0.2), left : left + bar] = (40, 200, 240)
    top, bottom = _band(height)
    cells = (_code(index) * 255).astype(np.uint8)
    band = cv2.resize(cells, (width, bottom - top), interpolation=cv2.INTER_NEAREST)
    image[top:bottom] = band[:, :, None]
    scale = max(0.4, width / 640)
    cv2.putText(
        image,
        f"frame {index}",
        (width // 20, int(height * 0.42)),
        cv2.FONT_HERSHEY_SIMPLEX,
        scale,
        (255, 255, 255),
        max(1, round(scale * 1.5)),
        cv2.LINE_AA,
    )


def read_index(image: Image) -> int:
    """Read the frame index back, also after lossy compression and from 160 pixels of width.

    Args:
        image: uint8, (H, W, 3), BGR.

    Raises:
        ValueError: If the image carries no index that can be read.
    """
    height, width = image.shape[:2]
    top, bottom = _band(height)
    if width < 2 * _COLUMNS or bottom - top < 2 * _ROWS:
        raise ValueError(f"an image of {width}x{height} is too small to carry a frame index")
    band = image[top:bottom].mean(axis=2)
    means = np.array([[_centre_mean(band, r, c) for c in range(_COLUMNS)] for r in range(_ROWS)])
    low, high = float(means.min()), float(means.max())
    if high - low < 48:
        raise ValueError("no frame index in this image: its code area is of one brightness")
    bits = (means > (low + high) / 2).ravel()
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    index, check = value >> 8, value & 0xFF
    if _check_byte(index) != check:
        raise ValueError("no frame index in this image: its checksum is wrong")
    return index


def _band(height: int) -> tuple[int, int]:
    return round(height * _BAND[0]), round(height * _BAND[1])


def _background(width: int) -> Image:
    ramp = np.linspace(30, 110, width).astype(np.uint8)
    return np.stack([ramp, ramp[::-1], np.full(width, 60, np.uint8)], axis=1)


def _code(index: int) -> Image:
    if not 0 <= index <= MAX_INDEX:
        raise ValueError(f"index must be 0 to {MAX_INDEX}, got {index}")
    value = index << 8 | _check_byte(index)
    bits = [value >> shift & 1 for shift in reversed(range(_COLUMNS * _ROWS))]
    return np.array(bits, np.uint8).reshape(_ROWS, _COLUMNS)


def _check_byte(index: int) -> int:
    """CRC-8 of the index, salted."""
    crc = 0
    for byte in index.to_bytes(3, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc ^ _CHECK_SALT


def _centre_mean(
    band: np.ndarray[tuple[int, ...], np.dtype[np.float64]], row: int, column: int
) -> float:
    """Mean of the middle of a cell: its borders are blurred by compression and resizing."""
    height, width = band.shape[0] / _ROWS, band.shape[1] / _COLUMNS
    y0, y1 = (
        int((row + 0.25) * height),
        max(int((row + 0.75) * height), int((row + 0.25) * height) + 1),
    )
    x0, x1 = (
        int((column + 0.25) * width),
        max(int((column + 0.75) * width), int((column + 0.25) * width) + 1),
    )
    return float(band[y0:y1, x0:x1].mean())
