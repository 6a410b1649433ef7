"""When somebody is told, and what an event says of itself."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgevid.testing import make_prediction
from edgevid.types import Vehicle

from .traces import LEVELS, SIMPLE, busy, make_engine, tell, times

CONTINUOUS = {**LEVELS, "rules": {"cumulative": None}}


def ruled(**rules):
    return {**LEVELS, "rules": {"cumulative": None, **rules}}


def test_an_event_that_starts_with_the_old_level_is_not_told_at_once_again():
    told = tell(busy((0, 6), (7, 9)), times(12), ruled(min_off_seconds=0.5))
    first, second = told.closed()

    assert [c.reason for c in second.levels][:1] == ["not recovered yet"]
    assert [e.id for e in told.events if e.notify] == [first.id, first.id]


def test_whoever_recovered_and_begins_again_is_told_again():
    told = tell(busy((0, 4), (7, 11)), times(15), ruled(min_off_seconds=0.5))

    assert [(e.level, e.reason) for e in told.events if e.notify] == [
        (1, "continuous 3.0 s"),
        (1, "continuous 3.0 s"),
    ]


def test_an_event_in_pieces_is_told_as_often_as_in_one():
    whole, pieces = (
        [e.level for e in tell(busy((0, 99)), times(45), ruled(**rules)).events if e.notify]
        for rules in ({}, {"max_seconds": 2.0})
    )

    assert whole == [1, 2, 3, 3, 3, 3]
    assert pieces == whole


def test_pieces_of_one_event_flag_no_trip():
    pieces = tell(busy((0, 20)), times(25), ruled(max_seconds=2.0)).closed()

    assert sum(e.max_level == 3 for e in pieces) >= 3
    assert not pieces[-1].trip_flagged


def test_an_event_told_as_it_opens_says_why_it_is_one():
    opened = tell(busy((1, 4)), times(10), {**LEVELS, "notify_level": 0}).events[0]

    assert (opened.phase, opened.notify, opened.reason) == (
        "open", True, "score above 0.63 for 0.5 s",
    )  # fmt: skip


def test_what_is_not_reported_has_told_nobody():
    options = {**CONTINUOUS, "report_level": 2, "renotify_seconds": 60}
    told = tell(busy((0, 6)), times(9), options)

    assert [(e.phase, e.level, e.notify) for e in told.events] == [
        ("open", 2, True),
        ("update", 1, False),
        ("closed", 1, False),
    ]


def test_a_level_reached_before_the_event_opens_has_its_own_reason():
    # The tenth second of glances comes in the half second before the last one is an event.
    glances = busy(*[(t, t + 1.0) for t in range(0, 40, 2)])
    options = {**LEVELS, "rules": {"min_on_seconds": 0.8, "min_off_seconds": 0.2}}
    reasons = [c.reason for e in tell(glances, times(40), options).closed() for c in e.levels]

    assert any("within 30 s" in reason for reason in reasons)


def test_doubt_and_pauses_after_the_last_evidence_are_no_part_of_an_event():
    moments = [t for t in times(30) if not 6 <= t < 7.5]
    [event] = tell(
        lambda t: None if 5 <= t < 6 or t >= 8 else busy((1, 5))(t), moments, SIMPLE
    ).closed()

    assert event.end_seconds == pytest.approx(4.9)
    assert (event.degraded_fraction, event.dropped_fraction) == (0.0, 0.0)


def test_a_pause_within_a_break_is_the_events_dropped_part():
    moments = [t for t in times(12) if not 4.2 <= t < 5.5]
    [event] = tell(busy((1, 4), (5.6, 8)), moments, SIMPLE).closed()

    assert event.dropped_fraction == pytest.approx(0.9 / event.duration_seconds, abs=0.02)


def test_the_parts_of_labels_are_no_more_than_one():
    [event] = tell(lambda t: (0.0, 7.0) if t < 3 else (1.0, 0.0), times(8), SIMPLE).closed()

    assert event.labels[0].peak_score == event.peak_score == 1.0


def test_the_same_moment_twice_is_two_events():
    # A camera's clock that starts anew.
    moments = [*times(6), *times(6), *times(6)]
    closed = tell(busy((1, 4)), moments).closed()

    assert len({e.id for e in closed}) == len(closed) == 3


STEPS = st.one_of(st.floats(0, 0.5), st.sampled_from([0.0, 1e-9, 1 / 30, 1.9, 2.1, 3600.0, -0.1]))
SCORES = st.sampled_from([0.0, 0.4, 0.64, 0.95, 0.95])
SPEEDS = st.sampled_from([None, 0, 30, 80])
TICKS = st.lists(st.tuples(STEPS, SCORES, SPEEDS), min_size=20, max_size=120)
RULES = st.fixed_dictionaries({
    "levels": st.sampled_from([[], [1.0], [0.5, 1.0, 2.0], [n / 4 for n in range(1, 10)]]),
    "cumulative": st.sampled_from(
        [None, *({"seconds": 2, "window_seconds": 6, "level": n} for n in (1, 2, 9))]
    ),
    "min_off_seconds": st.sampled_from([0.0, 0.5, 2.0]),
    "max_seconds": st.sampled_from([None, 1.0]),
})  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(TICKS, RULES, st.sampled_from([0, 1, 2, 9]), st.sampled_from([0, 1, 2]))
def test_whatever_comes_levels_and_notifications_keep_to_the_rules(ticks, rules, cap, report):
    top = max(len(rules["levels"]), (rules["cumulative"] or {"level": 0})["level"])
    engine = make_engine({
        **LEVELS, "rules": rules, "speed": {"exempt_max_level": cap},
        "report_level": min(report, top),
    })  # fmt: skip
    now, lives, told = 0.0, {}, []
    for step, score, speed in ticks:
        now += step
        if not 0 <= step <= 2:
            told = []
        prediction = make_prediction((1 - score, score), pts_seconds=now)
        for event in engine.update(prediction, Vehicle(speed_kmh=speed)):
            lives.setdefault(event.id, []).append(event)
            if event.notify:
                told.append((now, event.level, event.reason))
    for event in engine.finish(now):
        lives.setdefault(event.id, []).append(event)

    for life in lives.values():
        assert [e.phase for e in life] == ["open", *["update"] * (len(life) - 2), "closed"]
        changes = life[-1].levels
        levels = [0, *(c.level for c in changes)]
        assert all(0 <= level <= top for level in levels)
        assert all(a != b for a, b in itertools.pairwise(levels))
        assert life[-1].max_level == max(levels)
        assert [e.level for e in life] == [e.levels[-1].level if e.levels else 0 for e in life]
        assert all(c.reason for c in changes)
    still = [(at, level) for at, level, reason in told if reason.startswith("still")]
    assert all(b[0] - a[0] >= 10 - 1e-5 for a, b in itertools.pairwise(still))
