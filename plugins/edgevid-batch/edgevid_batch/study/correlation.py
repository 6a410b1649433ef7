"""Correlation of a behaviour and a channel: over seconds, within drivers, and over drivers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from edgevid_batch.config.telemetry import StudyConfig
from edgevid_batch.study.bootstrap import Draws, Interval, interval
from edgevid_batch.study.findings import Figure, Measure
from edgevid_batch.study.seconds import Pool

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_FEWEST_EVENTS = 10
_FEWEST_EFFECTIVE = 30
_CERTAIN = 1.96
"""Standard errors."""


def correlations(pool: Pool, behaviour: str, channel: str, config: StudyConfig) -> Iterator[Figure]:
    """One figure for each measure."""
    rows = pool.behaviours[behaviour]
    inside = rows.known & np.isfinite(pool.channels[channel])
    active, values = rows.active[inside].astype(np.float64), pool.channels[channel][inside]
    _, driver = np.unique(pool.driver[inside], return_inverse=True)
    drive, second = pool.drive[inside], pool.second[inside]
    num_events = num_intervals(active > 0, drive, second)
    effective = num_effective(active, values, drive, second)
    num_drivers = len(np.unique(driver))
    why_not = _no_variation(active, values, channel)
    common = _too_few(num_drivers, num_events, effective, len(active), config)
    measures: tuple[Measure, ...] = ("point_biserial", "within_driver", "spearman")
    for measure in measures:
        value, bounds, doubts = _measured(measure, active, values, driver, why_not, config)
        if value is not None:
            doubts = [*common, *doubts, *_doubts(measure, value, bounds, len(active))]
        yield Figure(
            question="behaviour_and_channel",
            behaviour=behaviour,
            channel=channel,
            unit=pool.units.get(channel),
            measure=measure,
            value=rounded(value),
            low=rounded(bounds.low),
            high=rounded(bounds.high),
            num_seconds=len(active),
            num_effective=rounded(effective),
            num_drives=len(np.unique(drive)),
            num_drivers=num_drivers,
            num_events=num_events,
            warnings=tuple(doubts),
        )


def _measured(
    measure: Measure,
    active: Floats,
    values: Floats,
    driver: Numbers,
    why_not: str | None,
    config: StudyConfig,
) -> tuple[float | None, Interval, list[str]]:
    if why_not is not None:
        return None, Interval(), [why_not]
    if measure == "spearman":
        return _over_drivers(active, values, driver, config)
    if measure == "within_driver":
        active, values = _centred(active, driver), _centred(values, driver)
        if not active.any() or not values.any():
            return None, Interval(), ["nothing varies within a driver"]
    return _over_seconds(active, values, driver, config)


def _over_seconds(
    active: Floats, values: Floats, driver: Numbers, config: StudyConfig
) -> tuple[float, Interval, list[str]]:
    x, y = active - active.mean(), values - values.mean()
    sums = np.stack([
        np.bincount(driver, weights=term) for term in (np.ones_like(x), x, y, x * x, y * y, x * y)
    ])  # fmt: skip

    def drawn(draws: Draws) -> Floats:
        n, sx, sy, sxx, syy, sxy = (one[draws].sum(axis=1) for one in sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (n * sxy - sx * sy) / np.sqrt(
                np.maximum(n * sxx - sx * sx, 0) * np.maximum(n * syy - sy * sy, 0)
            )
        return found

    bounds = interval(drawn, sums.shape[1], config)
    return _pearson(active, values), bounds, [bounds.warning] if bounds.warning else []


def _pearson(active: Floats, values: Floats) -> float:
    """With one of two values, it is the point-biserial one."""
    from scipy import stats

    with warnings.catch_warnings():
        # The interval shows that little varies.
        warnings.simplefilter("ignore")
        return float(stats.pearsonr(active, values).statistic)


def _over_drivers(
    active: Floats, values: Floats, driver: Numbers, config: StudyConfig
) -> tuple[float | None, Interval, list[str]]:
    from scipy import stats

    n = np.bincount(driver)
    shares, means = np.bincount(driver, active) / n, np.bincount(driver, values) / n
    if len(n) < 3:
        return None, Interval(), [f"{len(n)} drivers have no ranks to compare"]
    if np.ptp(shares) == 0 or np.ptp(means) == 0:
        return None, Interval(), ["all drivers are alike"]

    def drawn(draws: Draws) -> Floats:
        x, y = (stats.rankdata(one[draws], axis=1) for one in (shares, means))
        x, y = (one - one.mean(axis=1, keepdims=True) for one in (x, y))
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
        return found

    bounds = interval(drawn, len(n), config)
    value = float(stats.spearmanr(shares, means).statistic)
    return value, bounds, [bounds.warning] if bounds.warning else []


def _centred(values: Floats, driver: Numbers) -> Floats:
    means = np.bincount(driver, values) / np.bincount(driver)
    centred: Floats = values - means[driver]
    # What is left of a constant is rounding.
    centred[np.abs(centred) < 1e-9 * max(1.0, float(np.abs(values).max(initial=0)))] = 0.0
    return centred


def num_intervals(active: npt.NDArray[np.bool_], drive: Numbers, second: Numbers) -> int:
    """Number of intervals of a behaviour."""
    follows = (np.diff(drive) == 0) & (np.diff(second) == 1)
    before = np.concatenate([[False], active[:-1] & follows]) if len(active) else active
    return int((active & ~before).sum())


def num_effective(x: Floats, y: Floats, drive: Numbers, second: Numbers) -> float:
    """Independent seconds that would tell as much (Bartlett's formula with the lag of a second)."""
    follows = (np.diff(drive) == 0) & (np.diff(second) == 1)
    both = _lag(x, follows) * _lag(y, follows)
    return len(x) * (1 - both) / (1 + both)


def _lag(values: Floats, follows: npt.NDArray[np.bool_]) -> float:
    """Correlation of neighbours, in [0, 1)."""
    if not follows.any():
        return 0.0
    off = values - values.mean()
    total = float((off * off).mean())
    product = float((off[:-1] * off[1:])[follows].mean())
    return 0.0 if total == 0 else min(max(product / total, 0.0), 0.9999)


def _no_variation(active: Floats, values: Floats, channel: str) -> str | None:
    if not len(active):
        return f"there is no second in which both it and {channel} are known"
    if np.ptp(values) == 0:
        return f"{channel} does not vary"
    if np.ptp(active) == 0:
        return "it was observed in every second" if active[0] else "it was never observed"
    return None


def _too_few(
    num_drivers: int, num_events: int, effective: float, num_seconds: int, config: StudyConfig
) -> list[str]:
    found = []
    if num_drivers < config.min_drivers:
        found.append(f"{num_drivers} drivers; at least {config.min_drivers} are needed")
    if num_events < _FEWEST_EVENTS:
        found.append(f"observed {num_events} times only")
    if effective < _FEWEST_EFFECTIVE:
        found.append(
            f"each second is like the one before: {num_seconds} are worth about {effective:.0f}"
        )
    return found


def _doubts(measure: Measure, value: float, bounds: Interval, num_seconds: int) -> list[str]:
    if bounds.low is None or bounds.high is None or not bounds.low <= 0 <= bounds.high:
        return []
    if measure != "spearman" and abs(value) * num_seconds**0.5 > _CERTAIN:
        return ["the interval includes 0; only counting seconds would make it look certain"]
    return ["the interval includes 0"]


def rounded(value: float | None) -> float | None:
    """Six digits, which every machine computes alike."""
    return None if value is None else float(f"{value:.6g}")
