"""Turns counts into precision, recall, F1, overlap, delay and rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgevid_train.evaluation.events.counts import EventCounts, reaching
from edgevid_train.evaluation.events.matching import IOUS
from edgevid_train.evaluation.events.schema import AlertRate, AtIou, Delay, EventScores

SECONDS_PER_HOUR = 3600.0


def scores_of(counts: EventCounts, seconds: float, levels: Sequence[int]) -> EventScores:
    """The scores that counts come to.

    Args:
        counts: Of any number of drives.
        seconds: How long they are together.
        levels: For which alerts are counted; an event of level 2 is an alert of 0, 1 and 2.
    """
    hours = seconds / SECONDS_PER_HOUR
    return EventScores(
        num_truth=counts.num_truth,
        num_events=counts.num_events,
        at=tuple(_at(counts, iou) for iou in IOUS),
        mean_overlap=ratio(counts.overlap_sum, counts.overlap_count),
        detected=ratio(counts.detected, counts.num_truth),
        delay=Delay(
            count=len(counts.delays),
            median=_quantile(counts.delays, 0.5),
            p95=_quantile(counts.delays, 0.95),
        ),
        alerts=tuple(_alerts(counts, level, hours) for level in levels),
    )


def ratio(part: float, whole: float) -> float | None:
    """Their quotient, or None if there is nothing to divide by."""
    return round(part / whole, 6) if whole else None


def _at(counts: EventCounts, iou: float) -> AtIou:
    matched = counts.matched[iou]
    return AtIou(
        iou=iou,
        matched=matched,
        precision=ratio(matched, counts.num_events),
        recall=ratio(matched, counts.num_truth),
        f1=ratio(2 * matched, counts.num_events + counts.num_truth),
    )


def _alerts(counts: EventCounts, level: int, hours: float) -> AlertRate:
    false, strict = reaching(counts.false, level), reaching(counts.strict, level)
    return AlertRate(
        level=level,
        alerts=reaching(counts.alerts, level),
        false=false,
        false_per_hour=ratio(false, hours),
        strict=strict,
        strict_per_hour=ratio(strict, hours),
    )


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 6) if values else None
