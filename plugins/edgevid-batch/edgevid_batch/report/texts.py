"""Numbers and times as a reader expects them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgevid.timeline import clock

UNKNOWN = "\N{EN DASH}"
_MINUTE_SECONDS, _HOUR_SECONDS = 60.0, 3600.0


def number(value: float | None) -> str:
    """Three digits that count; a dash for what is unknown."""
    if value is None:
        return UNKNOWN
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def duration(seconds: float | None) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds is None:
        return UNKNOWN
    if seconds < _MINUTE_SECONDS:
        return f"{seconds:.1f} s"
    if seconds < _HOUR_SECONDS:
        return f"{seconds / _MINUTE_SECONDS:.1f} min"
    return f"{number(seconds / _HOUR_SECONDS)} h"


def count(how_many: int, what: str) -> str:
    """With the right plural."""
    return f"{how_many:,} {what}{'' if how_many == 1 else 's'}"


def interval(event: Mapping[str, Any]) -> str:
    """From when to when."""
    return f"{clock(event['start_seconds'])} to {clock(event['end_seconds'])}"
