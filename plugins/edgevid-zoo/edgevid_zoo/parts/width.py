"""Narrower and wider networks."""

from __future__ import annotations


def scaled(channels: int, width: float) -> int:
    """Channels at a width multiplier: the nearest multiple of 8, and no fewer than 8."""
    return max(8, round(channels * width / 8) * 8)
