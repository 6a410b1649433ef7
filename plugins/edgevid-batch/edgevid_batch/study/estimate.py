"""All figures of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid_batch.config.telemetry import SPEED, StudyConfig
from edgevid_batch.study.bootstrap import Draws, Interval, interval
from edgevid_batch.study.correlation import correlations, num_intervals, rounded
from edgevid_batch.study.findings import ANY, ONE_HANDED, Figure, Measure, Study
from edgevid_batch.study.seconds import Pool, StudyDrive

Floats = npt.NDArray[np.float64]

_FEWEST_SECONDS = 600
_AN_HOUR = 3600.0


def make_study(drives: Sequence[StudyDrive], config: StudyConfig) -> Study:
    """Everything that can be asked of the drives with telemetry."""
    pool = Pool.of(drives)
    figures: list[Figure] = []
    if SPEED in pool.channels:
        for behaviour in pool.behaviours:
            figures += _by_speed(pool, behaviour, config)
    for behaviour in pool.behaviours:
        for channel in pool.channels:
            figures += correlations(pool, behaviour, channel, config)
    return Study(
        settings=config,
        num_drives=len(drives),
        num_drivers=pool.num_drivers,
        num_seconds=len(pool.second),
        notes=tuple(_notes(pool, figures, config)),
        figures=tuple(figures),
    )


def _by_speed(pool: Pool, behaviour: str, config: StudyConfig) -> Iterator[Figure]:
    """Share of time, and for events how many an hour, in each range of speeds."""
    rows = pool.behaviours[behaviour]
    speed = pool.channels[SPEED]
    measures: tuple[Measure, ...] = ("share",) if behaviour == ONE_HANDED else ("share", "per_hour")
    bins = config.speed_bins_kmh
    for low, high in zip(bins, (*bins[1:], None), strict=True):
        inside = rows.known & (speed >= low) & (speed < (np.inf if high is None else high))
        for measure in measures:
            yield _ratio(pool, behaviour, inside, measure, (low, high), config)


def _ratio(
    pool: Pool,
    behaviour: str,
    inside: npt.NDArray[np.bool_],
    measure: Measure,
    between: tuple[float, float | None],
    config: StudyConfig,
) -> Figure:
    rows = pool.behaviours[behaviour]
    counted = rows.active if measure == "share" else rows.begun
    factor = 1.0 if measure == "share" else _AN_HOUR
    driver = pool.driver[inside]
    num = np.bincount(driver, weights=counted[inside], minlength=pool.num_drivers)
    seconds = np.bincount(driver, minlength=pool.num_drivers).astype(np.float64)
    there = seconds > 0
    num, seconds = num[there], seconds[there]

    def drawn(draws: Draws) -> Floats:
        found: Floats = factor * num[draws].sum(axis=1) / seconds[draws].sum(axis=1)
        return found

    total = int(seconds.sum())
    bounds = interval(drawn, len(seconds), config)
    if not num.any():
        # All draws are alike, which is no certainty.
        bounds = Interval(warning="no interval: it was never observed")
    warnings = [bounds.warning] if bounds.warning else []
    if len(seconds) < config.min_drivers:
        warnings.append(f"{len(seconds)} drivers; at least {config.min_drivers} are needed")
    if total < _FEWEST_SECONDS:
        warnings.append(f"{total} s only")
    drive, second = pool.drive[inside], pool.second[inside]
    return Figure(
        question="behaviour_by_speed",
        behaviour=behaviour,
        channel=SPEED,
        unit="km/h",
        from_value=between[0],
        to_value=between[1],
        measure=measure,
        value=rounded(factor * float(num.sum()) / total) if total else None,
        low=rounded(bounds.low),
        high=rounded(bounds.high),
        num_seconds=total,
        num_drives=len(np.unique(drive)),
        num_drivers=len(seconds),
        num_events=num_intervals(rows.active[inside], drive, second),
        warnings=tuple(warnings) if total else ("no second was that fast",),
    )


def _notes(pool: Pool, figures: Sequence[Figure], config: StudyConfig) -> Iterator[str]:
    yield "A relation is no cause: road, traffic and time of day change with speed too."
    if config.driver is None:
        yield (
            "Every drive counts as a driver of its own. If drivers made several, intervals are too "
            "narrow: set study.driver."
        )
    intervals = [f for f in figures if f.question == "behaviour_and_channel" and f.low is not None]
    if len(intervals) > 1:
        by_chance = (1 - config.confidence) * len(intervals)
        yield (
            f"{len(intervals)} correlations have an interval; about {by_chance:.1f} of them would "
            f"leave out 0 by chance alone."
        )
    if not pool.behaviours.get(ANY, None) or not pool.behaviours[ANY].active.any():
        yield "There are no events in the drives with telemetry."
    hands = pool.behaviours.get(ONE_HANDED)
    if hands is None or not hands.known.any():
        yield (
            "The model's classes do not say where the hands are: study.one_handed and "
            "study.two_handed name them."
        )


def study_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Rows of ``study``."""
    for figure in study.figures:
        row = figure.model_dump()
        yield {**row, "warnings": "; ".join(figure.warnings) or None}
