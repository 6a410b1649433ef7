import numpy as np
import pytest
from edgevid_train.data.windows import window_times


def drawn(segment, file_seconds, count=300, **options):
    rng = np.random.default_rng(0)
    how = {"rate_hz": 10, "num_frames": 16, "speed": (0.7, 1.4), **options}
    return np.array([window_times(segment, file_seconds, rng=rng, **how) for _ in range(count)])


@pytest.mark.parametrize(
    ("segment", "file_seconds", "expected"),
    [
        ((10, 20), 60, [14, 14.5, 15, 15.5, 16]),
        ((0, 1), 60, [0, 0.5, 1, 1.5, 2]),
        ((59, 60), 60, [57.999, 58.499, 58.999, 59.499, 59.999]),
        ((0, 1), 1, [0, 0.5, 0.999, 0.999, 0.999]),
    ],
)
def test_without_draws_it_is_the_middle_at_speed_one(segment, file_seconds, expected):
    times = window_times(segment, file_seconds, rate_hz=2, num_frames=5, speed=(0.7, 1.4), rng=None)
    assert times.tolist() == pytest.approx(expected)


def test_speed_varies_within_its_limits_as_often_slower_as_faster():
    times = drawn((3, 9), 60)
    speeds = (times[:, -1] - times[:, 0]) / 1.5
    assert (speeds.min(), speeds.max()) == pytest.approx((0.7, 1.4), abs=0.02)
    assert np.median(speeds) == pytest.approx(np.sqrt(0.7 * 1.4), abs=0.05)


@pytest.mark.parametrize("segment", [(3, 9), (3, 3.5), (0, 1), (9, 10)])
def test_at_least_half_of_a_window_shows_the_segment_or_half_of_it_is_shown(segment):
    for times in drawn(segment, 10):
        first, last = times[0], times[-1]
        seen = max(0.0, min(last, segment[1]) - max(first, segment[0]))
        assert seen >= min(last - first, segment[1] - segment[0]) / 2 - 0.002


def test_a_window_never_leaves_the_file():
    times = drawn((0.2, 0.9), 1.0)
    assert times.min() >= 0
    assert times.max() < 1
    assert (np.diff(times) >= 0).all()
