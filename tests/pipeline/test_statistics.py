import numpy as np
import pytest

from edgevid.pipeline.statistics import LatencyHistogram, Stages


def test_percentiles_are_those_of_numpy_within_two_percent():
    seconds = np.random.default_rng(0).lognormal(-5, 1, 20_000)
    histogram = LatencyHistogram()
    for value in seconds:
        histogram.add(float(value))
    summary = histogram.summary()

    for share, got in [(50, summary.p50_ms), (95, summary.p95_ms), (99, summary.p99_ms)]:
        assert got == pytest.approx(np.percentile(seconds, share) * 1e3, rel=0.025)
    assert summary.mean_ms == pytest.approx(seconds.mean() * 1e3, rel=1e-3)
    assert summary.max_ms == pytest.approx(seconds.max() * 1e3, rel=1e-3)
    assert summary.count == 20_000


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-9, 1e9])
def test_extreme_values_are_counted_and_break_nothing(value):
    histogram = LatencyHistogram()
    histogram.add(value)

    assert histogram.summary().count == 1


def test_an_empty_histogram_is_all_zero():
    assert LatencyHistogram().summary().p99_ms == 0


def test_stages_are_kept_apart_in_order_of_use():
    stages = Stages()
    stages.add("decode", 0.001)
    stages.add("inference", 0.005)
    stages.add("decode", 0.001)

    summary = stages.summary()
    assert list(summary) == ["decode", "inference"]
    assert summary["decode"].count == 2
