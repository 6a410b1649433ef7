"""Intervals of time: their overlap and their union."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Span = tuple[float, float]
"""(start, end), seconds."""

TOUCHING_SECONDS = 0.1
"""Times in annotations are rounded: two intervals this near each other touch."""


def shared_seconds(a: Span, b: Span) -> float:
    """Return the overlap of two spans, seconds."""
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def iou(a: Span, b: Span) -> float:
    """Temporal intersection over union, in [0, 1]."""
    shared = shared_seconds(a, b)
    union = (a[1] - a[0]) + (b[1] - b[0]) - shared
    return shared / union if union > 0 else 0.0


def joined(spans: Iterable[Span], touching_seconds: float = TOUCHING_SECONDS) -> list[Span]:
    """Union of intervals, in order; those that touch become one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + touching_seconds:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def gaps(spans: Iterable[Span], until_seconds: float) -> list[Span]:
    """Return the gaps between spans, from 0 to ``until_seconds``."""
    free, last = [], 0.0
    for start, end in joined(spans):
        if start > last + TOUCHING_SECONDS:
            free.append((last, start))
        last = max(last, end)
    if until_seconds > last + TOUCHING_SECONDS:
        free.append((last, until_seconds))
    return free


def shared_with(span: Span, others: Sequence[Span]) -> float:
    """Seconds of an interval that others, which do not overlap each other, cover."""
    return sum(shared_seconds(span, other) for other in others)
