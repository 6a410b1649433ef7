"""Evaluates a bundle on labelled clips: one call, one report."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgevid import ConfigError
from edgevid.config import BackendConfig
from edgevid_train.evaluation import metrics
from edgevid_train.evaluation.calibration import Calibration, calibrate
from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.conditions import CLEAN, CONDITIONS, Condition
from edgevid_train.evaluation.early import early_accuracy
from edgevid_train.evaluation.running import score_conditions
from edgevid_train.evaluation.schema import (
    ClassResult,
    ConditionResult,
    DriverResult,
    EarlyResult,
    Estimate,
    EvaluationReport,
    ReliabilityBin,
)
from edgevid_train.evaluation.scoring import ClipScores, StreamScorer
from edgevid_train.evaluation.writing import write_report

_FEWEST_DRIVERS = 5
"""Below, drawing whole drivers says more about the number of drivers than about the model."""


def evaluate(
    model_path: str | os.PathLike[str],
    clips: Sequence[LabelledClip],
    *,
    conditions: bool | Sequence[Condition] = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
    backend: BackendConfig | None = None,
) -> EvaluationReport:
    """Evaluate a bundle on labelled clips.

    Args:
        model_path: The bundle, one .onnx file; its activation must be softmax.
        clips: At least one. Their labels are class names of the model.
        conditions: Whether to measure robustness too, or under which conditions; the clip as it is
            is always measured.
        progress: Called after each clip with (clip, condition) pairs done and in all.
        backend: What executes the bundle; ONNX Runtime on CUDA or else on the CPU if None.

    Raises:
        ConfigError: If there are no clips, a label is unknown, or a clip gives no images.
        BundleError: If the file is no bundle.
        BackendUnavailableError: If the backend cannot run here.
    """
    chosen = CONDITIONS if conditions is True else tuple(conditions or ())
    wanted = (CLEAN, *(c for c in chosen if c.name != CLEAN.name))
    with StreamScorer(model_path, backend=backend) as scorer:
        names = scorer.card.class_names
        labels = _class_indices(clips, names)
        temperature = scorer.card.temperature
        clean: list[ClipScores] = []
        table: list[list[metrics.Array]] = [[] for _ in wanted]
        for clip in clips:
            found = score_conditions(scorer, clip, wanted)
            clean.append(found[0])
            for row, scores in zip(table, found, strict=True):
                row.append(scores.score(temperature))
            progress(len(clean) * len(wanted), len(clips) * len(wanted))
        runs_on = scorer.runs_on
    drivers = [clip.driver for clip in clips]
    results = [
        _condition_result(c, np.stack(row), labels, drivers, np.stack(table[0]))
        for c, row in zip(wanted, table, strict=True)
    ]
    holds = [clip.hold for clip in clips]
    curve = early_accuracy(clean, holds, labels, temperature)
    return EvaluationReport(
        model=scorer.card.name,
        model_version=scorer.card.version,
        sha256=hashlib.sha256(Path(model_path).read_bytes()).hexdigest(),
        runs_on=runs_on,
        input_rate_hz=scorer.card.input_rate_hz,
        class_names=names,
        num_clips=len(clips),
        num_short_clips=sum(not scores.valid.any() for scores in clean),
        top1=results[0].top1,
        chance=1 / len(names),
        majority=max(Counter(labels).values()) / len(clips),
        card_temperature=temperature,
        robustness=tuple(results if conditions else ()),
        early=tuple(EarlyResult(part=p, top1=value, clips=n) for p, value, n in curve),
        **_over_clips(np.stack(table[0]), labels, names, drivers),
        **_over_frames(calibrate(clips, clean, labels, temperature)),
    )


def _class_indices(clips: Sequence[LabelledClip], names: Sequence[str]) -> list[int]:
    if not clips:
        raise ConfigError("there are no clips to evaluate on; give at least one")
    for clip in clips:
        if clip.label not in names:
            raise ConfigError(
                f"clip {clip.name!r}: label {clip.label!r} is not a class of the model; "
                f"it knows {', '.join(names)}"
            )
    return [list(names).index(clip.label) for clip in clips]


def _groups(drivers: Sequence[str]) -> Sequence[str] | None:
    return drivers if len(set(drivers)) >= _FEWEST_DRIVERS else None


def _condition_result(
    condition: Condition,
    scores: metrics.Array,
    labels: Sequence[int],
    drivers: Sequence[str],
    clean: metrics.Array,
) -> ConditionResult:
    truth = np.array(labels)
    right = scores.argmax(axis=1) == truth
    low, high = metrics.bootstrap_interval(right, groups=_groups(drivers))
    value = metrics.top1(scores, truth)
    return ConditionResult(
        condition=condition.name,
        group=condition.group,
        top1=Estimate(value=value, low=low, high=high),
        macro_f1=metrics.macro_f1(metrics.confusion_matrix(scores, truth)),
        drop=metrics.top1(clean, truth) - value,
    )


def _over_clips(
    scores: metrics.Array, labels: Sequence[int], names: Sequence[str], drivers: Sequence[str]
) -> dict[str, Any]:
    truth = np.array(labels)
    matrix = metrics.confusion_matrix(scores, truth)
    rows = zip(names, metrics.per_class_table(matrix), strict=True)
    driver_ids = np.array(drivers)
    return {
        "interval_over": "clips" if _groups(drivers) is None else "drivers",
        "macro_f1": metrics.macro_f1(matrix),
        "num_drivers": len(set(drivers)),
        "per_class": tuple(
            ClassResult(
                label=name, precision=r.precision, recall=r.recall, f1=r.f1, support=r.support
            )
            for name, r in rows
        ),
        "per_driver": tuple(
            DriverResult(
                driver=driver,
                clips=int((driver_ids == driver).sum()),
                top1=metrics.top1(scores[driver_ids == driver], truth[driver_ids == driver]),
            )
            for driver in sorted(set(drivers))
        ),
        "confusion": tuple(tuple(int(n) for n in row) for row in matrix),
    }


def _over_frames(found: Calibration) -> dict[str, Any]:
    return {
        "temperature": found.temperature,
        "num_frames": len(found.labels),
        "ece_before": metrics.expected_calibration_error(found.before, found.labels),
        "ece_after": metrics.expected_calibration_error(found.after, found.labels),
        "reliability_before": _bins(found.before, found.labels),
        "reliability_after": _bins(found.after, found.labels),
    }


def _bins(probs: metrics.Array, labels: metrics.Array) -> tuple[ReliabilityBin, ...]:
    found = metrics.reliability_bins(probs, labels)
    return tuple(
        ReliabilityBin(frames=int(n), confidence=float(c), accuracy=float(a))
        for n, c, a in zip(found.counts, found.confidence, found.accuracy, strict=True)
    )


__all__ = ["EvaluationReport", "evaluate", "write_report"]
