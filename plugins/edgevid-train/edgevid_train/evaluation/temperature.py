"""Temperature scaling: one number that makes a network's probabilities honest."""

from __future__ import annotations

import math

import numpy as np

from edgevid_train.evaluation.metrics import Array, check_scores

LOWEST, HIGHEST = 0.05, 20.0
"""The temperature stays between these; logits that are never wrong have no best one."""

_GOLDEN = (math.sqrt(5) - 1) / 2
_TOLERANCE = 1e-4


def negative_log_likelihood(logits: Array, labels: Array, temperature: float = 1.0) -> float:
    """Mean of ``-log softmax(logits / temperature)[label]`` over (N, K) logits, in nats."""
    values, truth = check_scores(logits, labels)
    scaled = values / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    chosen = scaled[np.arange(len(truth)), truth]
    return float((np.log(np.exp(scaled).sum(axis=1)) - chosen).mean())


def fit_temperature(logits: Array, labels: Array) -> float:
    """Find the temperature with the least negative log-likelihood.

    The loss is convex in 1/T, so it has one valley in log T, and a golden-section search finds it.

    Args:
        logits: (N, K), before any temperature.
        labels: Class indices, (N,).

    Returns:
        T in [0.05, 20]: what logits are to be divided by.

    Raises:
        ConfigError: If shapes or values do not fit.

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
        https://arxiv.org/abs/1706.04599.
    """
    low, high = math.log(LOWEST), math.log(HIGHEST)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left = negative_log_likelihood(logits, labels, math.exp(left))
    at_right = negative_log_likelihood(logits, labels, math.exp(right))
    while high - low > _TOLERANCE:
        # On a plain the loss cannot tell; the lesser change of the logits is then towards T = 1.
        if at_left < at_right or (at_left == at_right and left >= 0):
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = negative_log_likelihood(logits, labels, math.exp(left))
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = negative_log_likelihood(logits, labels, math.exp(right))
    return math.exp((low + high) / 2)
