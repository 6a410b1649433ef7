import numpy as np
import pytest
from edgevid_train.evaluation.metrics import (
    bootstrap_interval,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
    per_class_table,
    reliability_bins,
    softmax,
    top1,
)
from edgevid_train.evaluation.temperature import (
    HIGHEST,
    LOWEST,
    fit_temperature,
    negative_log_likelihood,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edgevid import ConfigError

# True 0 0 0 1 1 2, said 0 0 1 1 0 2; class 3 never occurs.
SCORES = np.eye(4)[[0, 0, 1, 1, 0, 2]]
LABELS = np.array([0, 0, 0, 1, 1, 2])

samples = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.float64, (n, 4), elements=st.floats(-30, 30)),
        arrays.arrays(np.int64, n, elements=st.integers(0, 3)),
    )
)


def sampled(temperature, number=20000, seed=0):
    """Logits that are honest when divided by ``temperature``."""
    random = np.random.default_rng(seed)
    honest = random.normal(0, 1.5, (number, 5))
    drawn = (softmax(honest).cumsum(axis=1) > random.random((number, 1))).argmax(axis=1)
    return honest * temperature, drawn


def test_confusion_and_f1_by_hand():
    matrix = confusion_matrix(SCORES, LABELS)
    rows = per_class_table(matrix)

    assert matrix.tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert top1(SCORES, LABELS) == pytest.approx(4 / 6)
    assert [r.support for r in rows] == [3, 2, 1, 0]
    assert [r.precision for r in rows] == pytest.approx([2 / 3, 0.5, 1, 0])
    assert [r.recall for r in rows] == pytest.approx([2 / 3, 0.5, 1, 0])
    assert [r.f1 for r in rows] == pytest.approx([2 / 3, 0.5, 1, 0])
    assert macro_f1(matrix) == pytest.approx((2 / 3 + 0.5 + 1) / 3)


def test_a_class_that_is_only_ever_wrongly_said_lowers_no_macro_f1_of_its_own():
    matrix = confusion_matrix(np.eye(3)[[0, 2]], np.array([0, 0]))

    assert per_class_table(matrix)[2].f1 == 0
    assert macro_f1(matrix) == pytest.approx(2 / 3)


@given(samples)
def test_metrics_agree_with_each_other(sample):
    scores, labels = sample
    matrix = confusion_matrix(scores, labels)
    rows = per_class_table(matrix)

    assert matrix.sum() == len(labels)
    assert np.trace(matrix) / len(labels) == pytest.approx(top1(scores, labels))
    assert [row.support for row in rows] == np.bincount(labels, minlength=4).tolist()
    assert 0 <= macro_f1(matrix) <= 1
    recall = sum(row.recall * row.support for row in rows) / len(labels)
    assert recall == pytest.approx(top1(scores, labels))


@given(samples)
def test_calibration_error_is_a_share_and_bins_hold_every_sample(sample):
    scores, labels = sample
    probs = softmax(scores)

    assert reliability_bins(probs, labels).counts.sum() == len(labels)
    assert 0 <= expected_calibration_error(probs, labels) <= 1
    # One bin compares the means of everything.
    gap = abs(probs.max(axis=1).mean() - top1(probs, labels))
    assert expected_calibration_error(probs, labels, bins=1) == pytest.approx(gap)


def test_calibration_error_by_hand():
    # Two at 0.9 of which one is right, two at 0.6 of which both are: (0.4 + 0.4) / 2.
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.6, 0.4]])
    labels = np.array([0, 1, 1, 0])

    assert expected_calibration_error(probs, labels) == pytest.approx(0.4)


def test_bins_are_closed_on_the_right():
    probs = np.array([[0.5, 0.5], [1.0, 0.0]])

    assert reliability_bins(probs, np.array([0, 0]), bins=4).counts.tolist() == [0, 1, 0, 1]


def test_honest_probabilities_have_no_calibration_error_and_loud_ones_have():
    logits, labels = sampled(1.0)

    assert expected_calibration_error(softmax(logits), labels) < 0.015
    assert expected_calibration_error(softmax(logits * 4), labels) > 0.15


def test_a_perfectly_calibrated_set_has_exactly_none():
    probs = np.tile([0.8, 0.2], (10, 1))
    labels = np.array([0] * 8 + [1] * 2)

    assert expected_calibration_error(probs, labels) == pytest.approx(0)
    always = np.tile([1.0, 0.0], (10, 1))
    assert expected_calibration_error(always, labels) == pytest.approx(0.2)


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5, 6.0])
def test_the_temperature_finds_the_scale_that_logits_were_given(scale):
    logits, labels = sampled(scale)

    assert fit_temperature(logits, labels) == pytest.approx(scale, rel=0.03)


@settings(max_examples=40, deadline=None)
@given(samples)
def test_no_other_temperature_is_better(sample):
    logits, labels = sample
    fitted = fit_temperature(logits, labels)
    best = negative_log_likelihood(logits, labels, fitted)

    assert LOWEST <= fitted <= HIGHEST
    for other in np.geomspace(LOWEST, HIGHEST, 30):
        # The plain far from any valley is flat to rounding; 1e-3 nats are beyond noticing.
        assert best <= negative_log_likelihood(logits, labels, other) + 1e-3


def test_likelihood_of_huge_logits_is_finite():
    assert negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([1])) == pytest.approx(1e4)


def test_the_interval_holds_the_mean_and_shrinks_with_more_samples():
    few, many = np.tile([1, 1, 1, 0], 5), np.tile([1, 1, 1, 0], 200)
    low, high = bootstrap_interval(few)
    narrow_low, narrow_high = bootstrap_interval(many)

    assert low < 0.75 < high
    assert narrow_high - narrow_low < 0.4 * (high - low)
    # Binomial: 1.96 * sqrt(0.75 * 0.25 / 800) = 0.030.
    assert (narrow_low, narrow_high) == pytest.approx((0.72, 0.78), abs=0.006)
    assert bootstrap_interval(few) == (low, high)


def test_drawing_whole_drivers_widens_the_interval_when_drivers_differ():
    values = np.repeat([1, 1, 1, 0, 0, 1], 20)
    drivers = [f"d{i}" for i in np.repeat(np.arange(6), 20)]
    low, high = bootstrap_interval(values)
    wide_low, wide_high = bootstrap_interval(values, groups=drivers)

    assert wide_high - wide_low > 2 * (high - low)
    assert bootstrap_interval(np.ones(9), groups=list("aabbccdde")) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: top1(np.zeros((3, 2)), np.zeros(2, int)), r"shape \(3, 2\) and labels \(2,\)"),
        (lambda: top1(np.zeros((0, 2)), np.zeros(0, int)), "at least one sample"),
        (lambda: top1(np.array([[np.nan, 0]]), np.array([0])), "finite"),
        (lambda: top1(np.zeros((1, 2)), np.array([2])), "from 0 to 1"),
        (lambda: top1(np.zeros((1, 2)), np.array([0.5])), "whole numbers"),
        (lambda: expected_calibration_error(np.array([[9.0, 1]]), np.array([0])), "not logits"),
        (lambda: reliability_bins(np.array([[1.0, 0]]), np.array([0]), bins=0), "bins is 0"),
        (lambda: per_class_table(np.zeros((2, 3))), r"\(K, K\)"),
        (lambda: bootstrap_interval(np.zeros(0)), r"N > 0"),
        (lambda: bootstrap_interval(np.ones(2), groups=["a"]), "one group per value"),
        (lambda: bootstrap_interval(np.ones(2), level=1), "level 1"),
        (lambda: fit_temperature(np.array([[np.inf, 0]]), np.array([0])), "finite"),
    ],
)
def test_wrong_arguments_say_what_is_accepted(call, message):
    with pytest.raises(ConfigError, match=message):
        call()
