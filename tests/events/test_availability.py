"""Whether the runtime can tell, beside what it tells."""

import math

import pytest

from edgevid.testing import make_card

from .traces import LEVELS, busy, make_engine, tell, times

THREE = make_card(("calm", "busy", "phone"), background="calm")


def test_warm_up_is_no_evidence_and_says_so():
    told = tell(lambda t: None if t < 3 else 0.95, times(4), LEVELS)

    assert told.states() == [("warming_up", 0.0), ("ok", 3.0)]
    assert told.closed()[0].start_seconds == pytest.approx(3.0)


def test_an_indecisive_model_degrades_and_never_alerts():
    told = tell(
        lambda t: (0.34, 0.33, 0.33) if t >= 1 else (1, 0, 0), times(30), LEVELS, card=THREE
    )

    assert told.events == []
    assert told.states() == [("ok", 0.0), ("degraded", pytest.approx(11.0, abs=0.11))]


def test_certainty_for_two_seconds_ends_it():
    def score(t):
        return (0.34, 0.33, 0.33) if 1 <= t < 15 else (0.9, 0.05, 0.05)

    states = tell(score, times(30), LEVELS, card=THREE).states()

    assert [state for state, _ in states] == ["ok", "degraded", "ok"]
    assert states[-1][1] == pytest.approx(17.0, abs=0.11)


def test_doubt_stops_the_clock_for_two_seconds():
    def score(t):
        return (0.4, 0.45, 0.15) if 4 <= t < 5.5 else (0.03, 0.95, 0.02)

    told = tell(score, times(20), LEVELS, card=THREE)
    [event] = told.closed()

    assert [c.at_seconds for c in event.levels][:2] == [
        pytest.approx(3.0, abs=0.11),
        pytest.approx(6.5, abs=0.11),
    ]
    assert event.degraded_fraction == pytest.approx(1.5 / event.duration_seconds, abs=0.01)


def test_independent_scores_that_are_all_low_are_no_doubt():
    card = make_card(("busy", "phone"), activation="sigmoid")
    told = tell(lambda t: (0.1, 0.1), times(30), LEVELS, card=card)

    assert told.states() == [("ok", 0.0)]


def test_scores_that_are_not_numbers_degrade():
    told = tell(lambda t: math.nan if t >= 1 else 0.0, times(20), LEVELS)

    assert told.states() == [("ok", 0.0), ("degraded", pytest.approx(11.0, abs=0.11))]
    assert "unusable" in told.availability[-1].reason


def test_a_gap_is_no_signal_and_then_warm_up():
    moments = [*times(5), *(20 + t for t in times(5))]
    told = tell(lambda t: None if 20 <= t < 22 else 0.0, moments, LEVELS)

    assert told.states() == [
        ("ok", 0.0),
        ("no_signal", pytest.approx(4.9)),
        ("warming_up", 20.0),
        ("ok", 22.0),
    ]


def test_missing_predictions_within_an_event_are_its_dropped_part():
    moments = [t for t in times(12) if not 4 <= t < 5.5]
    [event] = tell(busy((1, 8)), moments, LEVELS).closed()

    # The pause is 1.6 s, and half a second is what the prediction after it stands for.
    assert event.dropped_fraction == pytest.approx(1.1 / event.duration_seconds, abs=0.02)
    assert event.levels[1].at_seconds == pytest.approx(7.1, abs=0.11)


@pytest.mark.parametrize("rate", [1, 2, 3])
def test_a_slow_camera_is_seen_late_and_not_never(rate):
    told = tell(busy((2, 30)), times(40, rate), LEVELS)
    [event] = told.closed()

    assert event.start_seconds == pytest.approx(2.0, abs=1 / rate)
    assert event.max_level == 3


def test_a_clip_model_may_pause_longer_than_what_is_a_gap_for_others():
    card = make_card(
        background="calm", temporal_mode="clip", num_frames=16, stride_frames=25,
    )  # fmt: skip
    told = tell(busy((5, 40)), times(60, 0.4), LEVELS, card=card)

    assert told.states() == [("ok", 0.0)]
    assert [e.max_level for e in told.closed()] == [3]


def test_availability_is_handed_out_once():
    engine = make_engine(LEVELS)

    assert list(engine.take_availability()) == []
