"""95 % intervals of an evaluation of events: whole drivers are drawn, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid_train.evaluation.bootstrap import percentile_interval, resamples
from edgevid_train.evaluation.events.counts import EventCounts, reaching
from edgevid_train.evaluation.events.matching import IOUS
from edgevid_train.evaluation.events.schema import Bounds
from edgevid_train.evaluation.events.scores import SECONDS_PER_HOUR

Array = npt.NDArray[Any]


def intervals(
    units: Sequence[tuple[EventCounts, float]],
    levels: Sequence[int],
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> dict[str, Bounds]:
    """Percentile bootstrap intervals of the overall numbers; the same arguments, the same result.

    Args:
        units: What is drawn: counts and seconds of one driver or drive each.
        levels: Of alerts.
        rounds: How many resamples.
        seed: Of the resampling.

    Returns:
        Name of the number → interval; nothing if there are fewer than two units.
    """
    number = len(units)
    if number < 2:
        return {}
    drawn = resamples(number, rounds, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _ratios(drawn, units, levels)
    values |= _delays(drawn, [counts.delays for counts, _ in units])
    return {name: found for name, row in values.items() if (found := _bounds(row)) is not None}


def _ratios(
    drawn: Array, units: Sequence[tuple[EventCounts, float]], levels: Sequence[int]
) -> dict[str, Array]:
    def summed(each: Sequence[float]) -> Array:
        return drawn @ np.array(each, np.float64)

    all_counts = [counts for counts, _ in units]
    truth = summed([t.num_truth for t in all_counts])
    events = summed([t.num_events for t in all_counts])
    hours = summed([seconds / SECONDS_PER_HOUR for _, seconds in units])
    values: dict[str, Array] = {}
    for iou in IOUS:
        matched = summed([t.matched[iou] for t in all_counts])
        values[f"precision@{iou:g}"] = matched / events
        values[f"recall@{iou:g}"] = matched / truth
        values[f"f1@{iou:g}"] = 2 * matched / (events + truth)
    overlap = summed([t.overlap_sum for t in all_counts])
    values["mean_overlap"] = overlap / summed([t.overlap_count for t in all_counts])
    values["detected"] = summed([t.detected for t in all_counts]) / truth
    for level in levels:
        false = summed([reaching(t.false, level) for t in all_counts])
        strict = summed([reaching(t.strict, level) for t in all_counts])
        values[f"false_per_hour@{level}"] = false / hours
        values[f"strict_per_hour@{level}"] = strict / hours
    return values


def _delays(drawn: Array, each: Sequence[Sequence[float]]) -> dict[str, Array]:
    delays = np.array([delay for unit in each for delay in unit])
    unit = np.repeat(np.arange(len(each)), [len(one) for one in each])
    if not len(delays):
        return {}
    found = np.full((len(drawn), 2), np.nan)
    for row, times in enumerate(drawn):
        sample = np.repeat(delays, times[unit])
        if len(sample):
            found[row] = np.quantile(sample, [0.5, 0.95])
    return {"delay_median": found[:, 0], "delay_p95": found[:, 1]}


def _bounds(values: Array) -> Bounds | None:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = percentile_interval(finite)
    return Bounds(low=round(low, 6), high=round(high, 6))
