"""False alerts against recall: the policy at other thresholds, over stored predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from edgevid_synth import for_each

from edgevid_train.evaluation.events.counts import EventCounts, total
from edgevid_train.evaluation.events.drive import outcome_of
from edgevid_train.evaluation.events.groups import groups_of
from edgevid_train.evaluation.events.policies import Engines
from edgevid_train.evaluation.events.replay import read_recording, replay
from edgevid_train.evaluation.events.schema import CurvePoint
from edgevid_train.evaluation.events.scores import scores_of
from edgevid_train.evaluation.events.truth import TrueDrive

LEVEL = 2
"""Lowest level of the alerts that are counted."""
ENTERS: tuple[float, ...] = tuple(round(float(e), 2) for e in np.arange(0.15, 0.96, 0.05))


@dataclass(frozen=True)
class Sweep:
    """Policies that differ in their thresholds."""

    engines: tuple[Engines, ...]
    background: str | None


def sweep(
    drives: Sequence[tuple[TrueDrive, Path]],
    engines: Engines,
    *,
    background: str | None = None,
    enters: Sequence[float] = ENTERS,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[CurvePoint]:
    """Apply a policy at several thresholds; exit keeps its ratio to enter.

    Args:
        drives: Drives and their event files, with predictions.
        engines: The policy.
        background: The label that is no event.
        enters: Thresholds; the policy's own is added.
        workers: Processes.
        progress: Called with drives done and drives in all.

    Raises:
        EdgevidError: If the engine has no thresholds, or a file no predictions.
    """
    enter, exit_ = engines.thresholds()
    pairs = [(e, min(e, round(e * exit_ / enter, 4))) for e in sorted({*enters, enter})]
    plan = Sweep(tuple(engines.at(*pair) for pair in pairs), background)
    all_counts = [EventCounts() for _ in pairs]
    seconds = 0.0
    work = for_each(partial(_one_drive, plan), drives, workers=workers)
    for done, (found, length) in enumerate(work, start=1):
        for whole, part in zip(all_counts, found, strict=True):
            whole.add(part)
        seconds += length
        progress(done, len(drives))
    return [
        _point(pair, counts, seconds, is_own=pair[0] == enter)
        for pair, counts in zip(pairs, all_counts, strict=True)
    ]


def _one_drive(plan: Sweep, drive: tuple[TrueDrive, Path]) -> tuple[list[EventCounts], float]:
    truth, path = drive
    recording = read_recording(path)
    all_counts, seconds = [], 0.0
    for engines in plan.engines:
        result = replay(recording, engines.make(), keep=False)
        outcome = outcome_of(truth, result, groups_of(result.policy, plan.background))
        all_counts.append(total(outcome.by_group.values()))
        seconds = outcome.seconds
    return all_counts, seconds


def _point(
    pair: tuple[float, float], counts: EventCounts, seconds: float, *, is_own: bool
) -> CurvePoint:
    scores = scores_of(counts, seconds, (0, LEVEL))
    half = next(row for row in scores.at if row.iou == 0.5)
    any_level, serious = scores.alerts
    return CurvePoint(
        enter=pair[0],
        exit=pair[1],
        is_own=is_own,
        recall=half.recall,
        precision=half.precision,
        f1=half.f1,
        detected=scores.detected,
        false_per_hour=serious.false_per_hour,
        false_per_hour_any=any_level.false_per_hour,
        delay_median=scores.delay.median,
    )
