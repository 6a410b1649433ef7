import random

import pytest

from edgevid.pipeline.resampler import Resampler


def picks(pts, rate_hz=10.0):
    resampler = Resampler(rate_hz)
    chosen = []
    for when in pts:
        if resampler.due(when):
            resampler.pick(when)
            chosen.append(when)
        else:
            resampler.skip(when)
    return chosen


def test_the_first_frame_is_always_picked():
    assert picks([7.25]) == [7.25]


@pytest.mark.parametrize("fps", [10, 12.5, 15, 24, 25, 30000 / 1001, 30, 50, 60, 120])
def test_the_rate_is_the_models_whatever_the_source_delivers(fps):
    chosen = picks([i / fps for i in range(round(20 * fps))])

    assert len(chosen) == pytest.approx(200, abs=1)
    grid = [i / 10 for i in range(len(chosen))]
    assert max(abs(a - b) for a, b in zip(chosen, grid, strict=True)) <= 1 / fps


def test_a_source_at_the_models_own_rate_loses_no_frame_to_jitter():
    jitter = random.Random(1)
    pts = [i / 10 + jitter.uniform(-0.02, 0.02) for i in range(300)]

    assert picks(pts) == pts


def test_pts_rounded_to_milliseconds_move_a_pick_by_one_frame_at_most():
    exact = [i * 1001 / 30000 for i in range(900)]
    chosen, rounded = picks(exact), picks([round(p, 3) for p in exact])

    assert len(chosen) == len(rounded)
    assert max(abs(a - b) for a, b in zip(chosen, rounded, strict=True)) < 0.035


def test_a_slower_source_is_used_whole_and_never_repeated():
    pts = [i / 4 for i in range(40)]

    assert picks(pts) == pts


def test_after_a_reset_the_grid_starts_at_the_next_frame():
    resampler = Resampler(10)
    resampler.pick(0.0)
    assert not resampler.due(0.03)
    resampler.reset()
    assert resampler.due(0.03)


def test_a_dropped_frame_hands_its_turn_to_the_next():
    resampler = Resampler(10)
    resampler.pick(0.0)
    assert resampler.due(0.1)
    resampler.skip(0.1)
    assert resampler.due(0.133)


def test_asking_changes_nothing():
    resampler = Resampler(10)
    resampler.pick(0.0)
    assert [resampler.due(0.1) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_senseless_rate_is_refused(rate):
    with pytest.raises(ValueError, match="rate_hz must be positive"):
        Resampler(rate)
