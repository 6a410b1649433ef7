"""Metrics of scores: accuracy, F1, calibration and the level of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgevid import ConfigError
from edgevid_train.evaluation.bootstrap import percentile_interval, resamples

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Metrics of one class; a ratio with nothing to divide by is 0."""

    precision: float
    recall: float
    f1: float
    support: int
    """Number of samples that truly are of this class."""


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityBins:
    """Confidence against accuracy in bins of equal width; empty bins hold zeros."""

    counts: Array
    """int64, (bins,)."""
    confidence: Array
    """Mean probability of the top class, (bins,)."""
    accuracy: Array
    """Share of right top classes, (bins,)."""


def check_scores(scores: Array, labels: Array) -> tuple[Array, Array]:
    """Scores as float64 (N, K) and labels as int64 (N,).

    Raises:
        ConfigError: If the shapes do not fit, there is no sample, a score is not finite, or a
            label is not in 0 … K-1.
    """
    values, truth = np.asarray(scores, np.float64), np.asarray(labels)
    if values.ndim != 2 or truth.shape != values.shape[:1] or not values.size:
        raise ConfigError(
            f"scores have shape {values.shape} and labels {truth.shape}; give (N, K) and (N,) "
            f"with at least one sample"
        )
    if not np.isfinite(values).all():
        raise ConfigError("scores hold values that are not finite; give finite numbers")
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= values.shape[1]:
        raise ConfigError(f"labels must be whole numbers from 0 to {values.shape[1] - 1}")
    return values, truth.astype(np.int64)


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    """Probabilities from logits over the last axis, float64, without overflow."""
    scaled = np.asarray(logits, np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def top1(scores: Array, labels: Array) -> float:
    """Share of samples whose highest score is the label's.

    Args:
        scores: (N, K), any scale.
        labels: Class indices, (N,).
    """
    values, truth = check_scores(scores, labels)
    return float((values.argmax(axis=1) == truth).mean())


def confusion_matrix(scores: Array, labels: Array) -> Array:
    """Count samples by true class (row) and top class (column): int64, (K, K)."""
    values, truth = check_scores(scores, labels)
    matrix = np.zeros((values.shape[1],) * 2, np.int64)
    np.add.at(matrix, (truth, values.argmax(axis=1)), 1)
    return matrix


def per_class_table(matrix: Array) -> list[ClassRow]:
    """Precision, recall, F1 and support of each class of a confusion matrix (K, K)."""
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ConfigError(f"a confusion matrix is (K, K), not {counts.shape}")
    rows = []
    for index in range(len(counts)):
        hits, found = int(counts[index, index]), int(counts[:, index].sum())
        support = int(counts[index].sum())
        rows.append(
            ClassRow(
                precision=hits / found if found else 0.0,
                recall=hits / support if support else 0.0,
                f1=2 * hits / (found + support) if found + support else 0.0,
                support=support,
            )
        )
    return rows


def macro_f1(matrix: Array) -> float:
    """Mean F1 over the classes of a confusion matrix that have support."""
    present = [row.f1 for row in per_class_table(matrix) if row.support]
    return float(np.mean(present)) if present else 0.0


def reliability_bins(probs: Array, labels: Array, bins: int = 15) -> ReliabilityBins:
    """Sort samples by the probability of their top class into bins ``(i/bins, (i+1)/bins]``.

    Args:
        probs: (N, K), rows are distributions.
        labels: Class indices, (N,).
        bins: How many.
    """
    values, truth = check_scores(probs, labels)
    if bins < 1:
        raise ConfigError(f"bins is {bins}; give at least 1")
    confidence = values.max(axis=1)
    if values.min() < 0 or confidence.max() > 1 + 1e-6:
        raise ConfigError("probs must lie in [0, 1]; give probabilities, not logits")
    right = (values.argmax(axis=1) == truth).astype(np.float64)
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    divisor = np.maximum(counts, 1)
    return ReliabilityBins(
        counts,
        np.bincount(place, confidence, bins) / divisor,
        np.bincount(place, right, bins) / divisor,
    )


def expected_calibration_error(probs: Array, labels: Array, bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equal bins, weighted by their counts.

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
        https://arxiv.org/abs/1706.04599.
    """
    found = reliability_bins(probs, labels, bins)
    gaps = np.abs(found.accuracy - found.confidence)
    return float((found.counts * gaps).sum() / found.counts.sum())


def bootstrap_interval(
    values: Array,
    *,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean; the same arguments give the same interval.

    Args:
        values: One number per sample, (N,), for example 1 for right and 0 for wrong.
        groups: Who each sample belongs to, (N,). Whole groups are drawn then, because samples of
            one driver are alike; samples are drawn one by one if None.
        level: Share of the distribution inside, in (0, 1).
        rounds: How many resamples.
        seed: Of the resampling.
    """
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or not numbers.size or not np.isfinite(numbers).all():
        raise ConfigError(f"values must be finite numbers (N,), N > 0; got shape {numbers.shape}")
    if groups is not None and len(groups) != len(numbers):
        raise ConfigError(f"one group per value: got {len(groups)} for {len(numbers)} values")
    if not 0 < level < 1 or rounds < 1:
        raise ConfigError(f"level {level} must lie in (0, 1) and rounds {rounds} be at least 1")
    member = (
        np.arange(len(numbers)) if groups is None else np.unique(groups, return_inverse=True)[1]
    )
    sums, sizes = np.bincount(member, numbers), np.bincount(member)
    drawn = resamples(len(sums), rounds, seed)
    return percentile_interval((drawn @ sums) / (drawn @ sizes), level)
