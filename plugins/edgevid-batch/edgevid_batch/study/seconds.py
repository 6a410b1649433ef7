"""Behaviour and channels of each second with a valid prediction: what all figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid.types import Event
from edgevid_batch.config.telemetry import StudyConfig
from edgevid_batch.rows import per_second
from edgevid_batch.scored import Scored
from edgevid_batch.study.findings import ANY, ONE_HANDED
from edgevid_batch.telemetry import Series

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_MAJORITY = 0.5


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Activity of a behaviour in each second, (n,)."""

    known: Flags
    active: Flags
    begun: npt.NDArray[np.int16]
    """Number of beginnings in that second."""


@dataclass(frozen=True, eq=False)
class StudyDrive:
    """One drive with telemetry."""

    driver: str
    second: npt.NDArray[np.int32]
    """Second on the drive's timeline, (n,)."""
    behaviours: Mapping[str, Behaviour]
    channels: Mapping[str, npt.NDArray[np.float32]]
    """Mean of each second, NaN if it is not known."""
    units: Mapping[str, str | None]


def study_drive(
    driver: str,
    scored: Scored,
    events: Sequence[Event],
    channels: Mapping[str, Series],
    class_names: Sequence[str],
    config: StudyConfig,
) -> StudyDrive:
    """Bring scores, events and channels of a drive onto the same seconds."""
    each = list(per_second(scored))
    second = np.array([number for number, _, _ in each], np.int64)
    means = np.array([mean for _, _, mean in each]).reshape(len(each), len(class_names))
    behaviours = {ANY: _of_events(events, second)}
    for group in sorted({event.name for event in events}):
        behaviours[group] = _of_events([e for e in events if e.name == group], second)
    behaviours[ONE_HANDED] = _hands(second, means, class_names, config)
    with np.errstate(over="ignore"):
        values = {name: s.at_seconds(second).astype(np.float32) for name, s in channels.items()}
    return StudyDrive(
        driver,
        second.astype(np.int32),
        behaviours,
        values,
        {name: series.unit for name, series in channels.items()},
    )


def _of_events(events: Sequence[Event], second: Numbers) -> Behaviour:
    active = np.zeros(len(second), np.bool_)
    begun = np.zeros(len(second), np.int16)
    for event in events:
        active |= (second + 1 > event.start_seconds) & (second < event.end_seconds)
        begun += second == np.floor(event.start_seconds)
    return Behaviour(np.ones(len(second), np.bool_), active, begun)


def _hands(
    second: Numbers, means: Floats, class_names: Sequence[str], config: StudyConfig
) -> Behaviour:
    """One hand is off the wheel if classes that say so have more than half of the score."""

    def score(names: Sequence[str]) -> Floats:
        columns = [number for number, name in enumerate(class_names) if name in names]
        total: Floats = means[:, columns].sum(axis=1)
        return total

    one, two = score(config.one_handed) > _MAJORITY, score(config.two_handed) > _MAJORITY
    before = np.concatenate([[False], one[:-1] & (np.diff(second) == 1)])
    return Behaviour(one | two, one, (one & ~before).astype(np.int16))


@dataclass(frozen=True, eq=False)
class Pool:
    """All drives one after the other."""

    driver: Numbers
    """Number of the driver, (n,)."""
    drive: Numbers
    second: Numbers
    behaviours: dict[str, Behaviour]
    channels: dict[str, Floats]
    units: dict[str, str | None]
    num_drivers: int

    @classmethod
    def of(cls, drives: Sequence[StudyDrive]) -> Pool:
        """Join them; what a drive does not have is not known there, or was not active."""
        drivers = sorted({drive.driver for drive in drives})
        place = {name: number for number, name in enumerate(drivers)}
        lengths = [len(drive.second) for drive in drives]
        names = _ordered(drive.behaviours for drive in drives)
        channels = _ordered(drive.channels for drive in drives)
        units: dict[str, str | None] = {}
        for drive in drives:
            units.update(drive.units)
        return cls(
            np.repeat([place[drive.driver] for drive in drives], lengths).astype(np.int64),
            np.repeat(np.arange(len(drives)), lengths),
            _joined([drive.second for drive in drives], np.int64),
            {name: _behaviour(drives, name) for name in names},
            {
                name: _joined(
                    [
                        drive.channels.get(name, np.full(len(drive.second), np.nan, np.float32))
                        for drive in drives
                    ],
                    np.float64,
                )
                for name in channels
            },
            units,
            len(drivers),
        )


def _behaviour(drives: Sequence[StudyDrive], name: str) -> Behaviour:
    found = [
        drive.behaviours.get(name) or _of_events((), drive.second.astype(np.int64))
        for drive in drives
    ]
    return Behaviour(
        _joined([one.known for one in found], np.bool_),
        _joined([one.active for one in found], np.bool_),
        _joined([one.begun for one in found], np.int16),
    )


def _ordered(of_drives: Any) -> list[str]:
    """Any event first, hands last, groups between them by name."""
    names = {name for one in of_drives for name in one}
    return sorted(names, key=lambda name: (name != ANY, name == ONE_HANDED, name))


def _joined(parts: Sequence[Any], kind: Any) -> Any:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind)
