"""Times and names as an image can show them."""

from __future__ import annotations

import math
from functools import cache

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TICKS = 12


def ticks(start_seconds: float, end_seconds: float) -> list[float]:
    """At most a dozen round times."""
    span = end_seconds - start_seconds
    step: float = next((s for s in _STEPS if span / s <= _MOST_TICKS), 0)
    if not step:
        step = 3600 * math.ceil(span / 3600 / _MOST_TICKS)
    first, last = math.ceil(start_seconds / step), math.floor(end_seconds / step)
    return [number * step for number in range(first, last + 1)]


def clock(seconds: float) -> str:
    """mm:ss, with hours and tenths where there are any."""
    sign = "-" if seconds < -0.05 else ""
    tenths = round(abs(seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    tail = f".{tenths % 10}" if tenths % 10 else ""
    return f"{sign}{head}:{tenths // 10:02d}{tail}"


def plain(text: str, longest: int) -> str:
    """Somebody's text as one line of at most so many characters that the font has."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else f"{line[: longest - 1].rstrip(' .')}…"
    known = _characters()
    line = "".join(c if ord(c) in known else "?" for c in line)
    # Between two dollars matplotlib reads mathematics.
    return line.replace("$", "\\$")


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
