"""Turns counts into precision, recall, F1, overlap, delay and rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgevid_train.evaluation.events.matching import IOUS
from edgevid_train.evaluation.events.schema import AlertRate, AtIou, Delay, EventScores
from edgevid_train.evaluation.events.tally import Tally, reaching

SECONDS_PER_HOUR = 3600.0


def scores_of(tally: Tally, seconds: float, levels: Sequence[int]) -> EventScores:
    """The scores that counts come to.

    Args:
        tally: Of any number of drives.
        seconds: How long they are together.
        levels: For which alerts are counted; an event of level 2 is an alert of 0, 1 and 2.
    """
    hours = seconds / SECONDS_PER_HOUR
    return EventScores(
        num_truth=tally.num_truth,
        num_events=tally.num_events,
        at=tuple(_at(tally, iou) for iou in IOUS),
        mean_overlap=ratio(tally.overlap_sum, tally.overlap_count),
        detected=ratio(tally.detected, tally.num_truth),
        delay=Delay(
            count=len(tally.delays),
            median=_quantile(tally.delays, 0.5),
            p95=_quantile(tally.delays, 0.95),
        ),
        alerts=tuple(_alerts(tally, level, hours) for level in levels),
    )


def ratio(part: float, whole: float) -> float | None:
    """Their quotient, or None if there is nothing to divide by."""
    return round(part / whole, 6) if whole else None


def _at(tally: Tally, iou: float) -> AtIou:
    matched = tally.matched[iou]
    return AtIou(
        iou=iou,
        matched=matched,
        precision=ratio(matched, tally.num_events),
        recall=ratio(matched, tally.num_truth),
        f1=ratio(2 * matched, tally.num_events + tally.num_truth),
    )


def _alerts(tally: Tally, level: int, hours: float) -> AlertRate:
    false, strict = reaching(tally.false, level), reaching(tally.strict, level)
    return AlertRate(
        level=level,
        alerts=reaching(tally.alerts, level),
        false=false,
        false_per_hour=ratio(false, hours),
        strict=strict,
        strict_per_hour=ratio(strict, hours),
    )


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 6) if values else None
