"""What the timers hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgevid.events.timers import ContinuousTimer, WindowTimer

STEPS = st.lists(st.tuples(st.booleans(), st.floats(0, 0.5)), max_size=200)


@given(STEPS)
def test_a_window_holds_the_sum_of_what_lies_within_it(steps):
    timer, now, pieces, quiet = WindowTimer(5.0, 1.0), 0.0, [], 0.0
    for is_evident, dt in steps:
        now += dt
        quiet = 0.0 if is_evident else quiet + dt
        if is_evident:
            pieces.append((now, dt))
            timer.fill(now, dt)
        else:
            timer.rest(now, dt)
        pieces = [] if quiet >= 1.0 - 1e-6 else [p for p in pieces if p[0] > now - 5.0 + 1e-6]
        assert timer.seconds == pytest.approx(sum(length for _, length in pieces), abs=1e-9)


def test_an_empty_window_holds_exactly_nothing():
    timer = WindowTimer(1.0, 9.0)
    for number in range(1000):
        timer.fill(number / 30, 1 / 30)
    timer.rest(100.0, 0.1)

    assert timer.seconds == 0.0


@pytest.mark.parametrize(("held", "left"), [(11.0, 6.0), (0.0, 0.0), (1.0, 0.0)])
def test_the_fuller_a_timer_the_faster_it_runs_down(held, left):
    timer = ContinuousTimer(11.0, 1.25, 5.0)
    timer.fill(held)
    timer.recover(1.0)

    assert timer.seconds == pytest.approx(left)
