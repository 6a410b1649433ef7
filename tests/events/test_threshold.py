import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgevid.default_plugins.events.threshold import ThresholdEngine
from edgevid.errors import ConfigError
from edgevid.testing import make_card, make_prediction
from edgevid.types import Gap, Vehicle

CARD = make_card(background="calm")


def engine(**options):
    return ThresholdEngine(ThresholdEngine.Options(**options), CARD)


def trace(score, seconds, rate=10.0):
    """Predictions of a score given as a function of time."""
    count = round(seconds * rate)
    return [
        make_prediction((1 - score(i / rate), score(i / rate)), pts_seconds=i / rate)
        for i in range(count)
    ]


def spans(score, seconds, rate=10.0, **options):
    """Closed events as (start, end)."""
    one = engine(**options)
    events = [e for p in trace(score, seconds, rate) for e in one.update(p, Vehicle())]
    events += one.finish(seconds)
    return [(e.start_seconds, e.end_seconds) for e in events if e.phase == "closed"]


def busy(*parts, high=0.95, low=0.02):
    return lambda t: high if any(a <= t < b for a, b in parts) else low


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


def test_the_background_class_is_never_an_event():
    assert spans(lambda t: 0.0, 10) == []


def test_predictions_that_are_not_valid_change_nothing():
    one = engine()
    for i in range(100):
        assert one.update(make_prediction((0, 1), pts_seconds=i / 10, valid=False), Vehicle()) == ()


def test_open_and_close_have_one_id_and_say_why():
    one = engine()
    opened, closed = [e for p in trace(busy((1, 4)), 10) for e in one.update(p, Vehicle())]

    assert (opened.phase, closed.phase) == ("open", "closed")
    assert opened.id == closed.id
    assert opened.reason == "score above 0.63 for 0.5 s"
    assert closed.reason == "no evidence for 2 s"
    assert closed.peak_score == pytest.approx(0.95)


def test_the_id_depends_on_model_policy_and_drive_alone():
    def only_id(**options):
        one = engine(**options)
        return next(e.id for p in trace(busy((1, 4)), 10) for e in one.update(p, Vehicle()))

    assert only_id() == only_id()
    assert only_id() != only_id(enter=0.6)


@pytest.mark.parametrize(("seconds", "closes"), [(1.0, False), (5.0, True)])
def test_a_long_gap_closes_what_is_open_a_short_one_does_not(seconds, closes):
    one = engine()
    for prediction in trace(busy((1, 9)), 4):
        one.update(prediction, Vehicle())
    events = one.gap(Gap(3.9, 3.9 + seconds, "unplugged"))

    assert [e.phase for e in events] == (["closed"] if closes else [])
    if closes:
        assert events[0].end_seconds == pytest.approx(3.9)
        assert events[0].reason == "gap of 5.0 s: unplugged"


def test_after_a_gap_evidence_starts_anew():
    one = engine()
    for prediction in trace(busy((1, 9)), 4):
        one.update(prediction, Vehicle())
    one.gap(Gap(3.9, 60.0, "unplugged"))
    events = [
        e
        for i in range(20)
        for e in one.update(make_prediction((0, 1), pts_seconds=60 + i / 10), Vehicle())
    ]

    assert [e.start_seconds for e in events] == [60.0]


def test_labels_may_have_their_own_parameters():
    options = {"labels": {"busy": {"min_on_seconds": 3.0}}}

    assert spans(busy((2, 4)), 12, **options) == []
    assert len(spans(busy((2, 6)), 12, **options)) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": {"bussy": {}}}, "no label 'bussy'; did you mean 'busy'"),
        ({"ignore": ("x",)}, "no label 'x'; it has calm, busy"),
    ],
)
def test_unknown_labels_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        engine(**options)


def test_a_band_upside_down_is_refused():
    with pytest.raises(ValueError, match="must not be above"):
        ThresholdEngine.Options(enter=0.3, exit=0.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 7.0])
def test_scores_that_are_no_scores_do_no_harm(bad):
    found = spans(lambda t: bad if 3 <= t < 3.1 else (0.95 if 2 <= t < 5 else 0.0), 12)

    assert found == [(pytest.approx(2.0), pytest.approx(4.9))]


@pytest.mark.parametrize("rate", [5, 10, 15, 25, 30, 60])
def test_the_same_trace_at_another_rate_gives_the_same_events(rate):
    score = busy((2, 5), (9, 9.3), (12, 17))
    expected = spans(score, 25, rate=10)
    found = spans(score, 25, rate=rate)

    assert len(found) == len(expected) == 2
    for got, want in zip(found, expected, strict=True):
        assert got == pytest.approx(want, abs=1 / min(rate, 10) + 1e-9)


SCORES = st.lists(st.floats(0, 1), min_size=5, max_size=120)
STEPS = st.lists(st.floats(0.02, 0.6), min_size=120, max_size=120)


@settings(max_examples=150, deadline=None)
@given(SCORES, STEPS)
def test_events_are_ordered_disjoint_and_long_enough_whatever_comes(scores, steps):
    one, now, closed = engine(), 0.0, []
    for score, step in zip(scores, steps, strict=False):
        now += step
        events = one.update(make_prediction((1 - score, score), pts_seconds=now), Vehicle())
        closed += [e for e in events if e.phase == "closed"]
    closed += one.finish(now)

    for event in closed:
        assert event.duration_seconds >= 0.5 - 1e-5
        assert 0 <= event.mean_score <= event.peak_score <= 1
    for before, after in itertools.pairwise(closed):
        assert after.start_seconds - before.end_seconds >= 0


@settings(max_examples=100, deadline=None)
@given(SCORES)
def test_every_event_that_opens_closes_once(scores):
    one = engine()
    events = [
        e for i, s in enumerate(scores)
        for e in one.update(make_prediction((1 - s, s), pts_seconds=i / 5), Vehicle())
    ]  # fmt: skip
    events += one.finish(len(scores) / 5)

    opened = [e.id for e in events if e.phase == "open"]
    assert opened == [e.id for e in events if e.phase == "closed"]
    assert len(set(opened)) == len(opened)
