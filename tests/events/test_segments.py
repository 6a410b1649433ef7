"""What is an event, and from when to when."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgevid.testing import make_prediction
from edgevid.types import Gap, Vehicle

from .traces import LEVELS, SIMPLE, busy, make_engine, tell, times


def spans(score, seconds, rate=10.0, **rules):
    options = {**SIMPLE, "rules": {**SIMPLE["rules"], **rules}}
    return tell(score, times(seconds, rate), options).spans()


def test_an_event_starts_and_ends_at_the_evidence():
    [(start, end)] = spans(busy((2, 5)), 12)

    assert start == pytest.approx(2.0)
    assert end == pytest.approx(4.9)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (busy(), 0),
        (busy((2, 2.1)), 0),
        (busy(*[(t, t + 0.1) for t in range(2, 20)]), 0),
        (busy((2, 2.5)), 0),
        (busy((2, 3)), 1),
        (busy((2, 4), (5, 7)), 1),
        (busy((2, 4), (8, 10)), 2),
        (busy((2, 4), (4.1, 6)), 1),
        (lambda t: 0.5, 0),
        (lambda t: 0.9 if t < 3 else 0.5, 1),
    ],
    ids=["nothing", "one frame", "flicker", "too short", "long enough", "merged over 1 s",
         "two apart", "one frame missing", "between the bands", "held by the dead band"],
)  # fmt: skip
def test_how_many_events(score, expected):
    assert len(spans(score, 20)) == expected


@pytest.mark.parametrize(
    "before",
    [lambda t: 0.5, lambda t: 0.7 if round(t * 10) % 2 else 0.5],
    ids=["steady", "noisy"],
)
def test_a_minute_between_the_bands_is_no_part_of_the_event_that_follows(before):
    # Three time constants are what the filter may have waited for.
    told = tell(lambda t: before(t) if t < 60 else busy((60, 62))(t), times(70), LEVELS)
    [event] = told.closed()

    assert 59.0 <= event.start_seconds <= 60.0
    assert event.max_level == 0


def test_a_score_that_is_exactly_exit_is_still_evidence():
    rules = {"exit": 0.5, "tau_seconds": 0.05}

    assert spans(lambda t: 0.95 if t < 3 else 0.5 if t < 60 else 0.0, 70, **rules) == [
        (0.0, pytest.approx(59.9))
    ]


@pytest.mark.parametrize("low_at", [3.0, 3.5, 5.9])
def test_one_low_frame_never_blocks(low_at):
    score = busy((2, low_at), (low_at + 0.1, 8))

    assert spans(score, 15) == [(pytest.approx(2.0), pytest.approx(7.9))]


def test_the_background_class_is_never_an_event():
    assert spans(lambda t: 0.0, 10) == []


def test_a_noisy_first_frame_is_no_event():
    assert spans(busy((0, 0.1)), 10) == []


def test_open_and_close_have_one_id_and_say_why():
    opened, closed = tell(busy((1, 4)), times(10)).events

    assert (opened.phase, closed.phase) == ("open", "closed")
    assert opened.id == closed.id
    assert opened.reason == "score above 0.63 for 0.5 s"
    assert closed.reason == "no evidence for 2 s"
    assert closed.peak_score == pytest.approx(0.95)
    assert opened.detected_seconds == closed.detected_seconds == pytest.approx(1.5)


def only_id(options=SIMPLE, drive="drive.mp4"):
    engine = make_engine(options, drive=drive)
    predictions = [
        make_prediction((1 - s, s), pts_seconds=t) for t in times(5) for s in [busy((1, 4))(t)]
    ]
    return next(e.id for p in predictions for e in engine.update(p, Vehicle()))


def test_the_id_depends_on_drive_policy_and_time_alone():
    assert only_id() == only_id()
    assert only_id() != only_id(drive="other.mp4")
    assert only_id() != only_id({**SIMPLE, "rules": {**SIMPLE["rules"], "enter": 0.6}})


def test_what_a_policy_says_of_itself_changes_no_id():
    assert only_id() == only_id({**SIMPLE, "description": "another text"})


def test_a_longer_event_goes_on_as_another_one():
    assert spans(busy((1, 12)), 16, max_seconds=5.0) == [
        (pytest.approx(1.0), pytest.approx(6.0)),
        (pytest.approx(6.1), pytest.approx(11.1)),
        (pytest.approx(11.2), pytest.approx(11.9)),
    ]


@pytest.mark.parametrize(("seconds", "closes"), [(1.0, False), (5.0, True)])
def test_a_long_gap_closes_what_is_open_a_short_one_does_not(seconds, closes):
    engine = make_engine()
    for t in times(4):
        engine.update(make_prediction((0.05, 0.95), pts_seconds=t), Vehicle())
    events = engine.gap(Gap(3.9, 3.9 + seconds, "unplugged"))

    assert [e.phase for e in events] == (["closed"] if closes else [])
    if closes:
        assert events[0].end_seconds == pytest.approx(3.9)
        assert events[0].reason == "gap of 5.0 s: unplugged"


def test_after_a_gap_evidence_starts_anew():
    moments = [*times(4), *(60 + t for t in times(2))]
    told = tell(busy((1, 99)), moments)

    assert told.spans() == [(1.0, pytest.approx(3.9)), (60.0, pytest.approx(61.9))]


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_jump_of_the_clock_by_an_hour_does_no_harm(jump):
    moments = [*times(6), *(6 + jump + t for t in times(6))]
    inside = busy((1, 4), (7 + jump, 10 + jump))
    told = tell(inside, moments)

    assert [round(e.duration_seconds, 1) for e in told.closed()] == [2.9, 2.9]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 7.0])
def test_scores_that_are_no_scores_do_no_harm(bad):
    found = spans(lambda t: bad if 3 <= t < 3.1 else (0.95 if 2 <= t < 5 else 0.0), 12)

    assert found == [(pytest.approx(2.0), pytest.approx(4.9))]


TRACE = busy((2, 5), (9, 9.3), (12, 17))


@pytest.mark.parametrize("rate", [5, 10, 15, 25, 30, 60])
def test_the_same_trace_at_another_rate_gives_the_same_events(rate):
    expected, found = spans(TRACE, 25), spans(TRACE, 25, rate=rate)

    assert len(found) == len(expected) == 2
    for got, want in zip(found, expected, strict=True):
        assert got == pytest.approx(want, abs=1 / min(rate, 10) + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1 / 60, 1 / 5), min_size=25, max_size=60))
def test_a_rate_that_varies_gives_the_same_events(steps):
    moments = list(itertools.takewhile(lambda t: t < 25, itertools.accumulate(steps * 60)))
    expected, told = spans(TRACE, 25), tell(TRACE, moments, SIMPLE)

    for got, want in zip(told.spans(), expected, strict=True):
        assert got == pytest.approx(want, abs=0.2 + 1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1 / 60, 1 / 5), min_size=25, max_size=60))
def test_a_rate_that_varies_reaches_the_levels_in_their_time(steps):
    moments = list(itertools.takewhile(lambda t: t < 20, itertools.accumulate(steps * 60)))
    told = tell(busy((2, 99)), moments, LEVELS)

    assert [level for _, level, _ in told.rises()] == [1, 2, 3]
    for (_, _, at), want in zip(told.rises(), (5, 7, 13), strict=True):
        assert want <= at <= want + 0.4 + 1e-6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_half_of_the_frames_dropped_at_random_give_the_same_events(seed):
    kept = np.random.default_rng(seed).random(len(times(25, 30))) < 0.5
    moments = [t for t, keep in zip(times(25, 30), kept, strict=True) if keep]
    found = tell(TRACE, moments).spans()

    assert len(found) == 2
    for got, want in zip(found, [(2.0, 5.0), (12.0, 17.0)], strict=True):
        assert got == pytest.approx(want, abs=0.5)


SCORES = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=5, max_size=120)
STEPS = st.lists(st.floats(-0.5, 4), min_size=120, max_size=120)


@settings(max_examples=150, deadline=None)
@given(SCORES, STEPS)
def test_events_are_ordered_disjoint_and_long_enough_whatever_comes(scores, steps):
    engine, now, events = make_engine(), 0.0, []
    for score, step in zip(scores, steps, strict=False):
        now += step
        prediction = make_prediction((1 - score, score), pts_seconds=now)
        events += engine.update(prediction, Vehicle())
    events += engine.finish(now)
    closed = [e for e in events if e.phase == "closed"]
    forward = all(step >= 0 for step in steps[: len(scores)])

    for event in closed:
        assert event.duration_seconds >= 0.5 - 1e-5
        assert 0 <= event.mean_score <= event.peak_score + 1e-9 <= 1 + 1e-6
    for before, after in itertools.pairwise(closed):
        assert not forward or after.start_seconds >= before.end_seconds


@settings(max_examples=100, deadline=None)
@given(SCORES)
def test_every_event_that_opens_closes_once(scores):
    told = tell(lambda t: scores[round(t * 5)], times(len(scores) / 5, 5))

    opened = [e.id for e in told.events if e.phase == "open"]
    assert opened == [e.id for e in told.closed()]
    assert len(set(opened)) == len(opened)
