"""How serious it is: the scenarios of openpilot's driver monitoring, and ours."""

import pytest

from edgevid.types import Vehicle

from .traces import FACES, LEVELS, busy, doing, tell, times

MOVING = Vehicle(speed_kmh=80.0, standstill=False)
STANDING = Vehicle(speed_kmh=0.0, standstill=True)
DT = 0.1


def levels(told):
    return [(level, at) for _, level, at in told.rises()]


def near(*pairs, abs=DT + 1e-6):
    return [(level, pytest.approx(at, abs=abs)) for level, at in pairs]


def test_always_safe_is_no_event():
    told = tell(busy(), times(60), LEVELS)

    assert told.events == []
    assert told.states() == [("ok", 0.0)]


@pytest.mark.parametrize("rate", [5, 10, 15, 25, 30])
def test_always_distracted_reaches_the_levels_in_their_time(rate):
    told = tell(busy((2, 99)), times(20, rate), LEVELS)

    assert levels(told) == near((1, 5), (2, 7), (3, 13), abs=1 / rate + 1e-6)
    assert [c.reason for c in told.closed()[0].levels] == [
        f"continuous {c.at_seconds - told.closed()[0].start_seconds:.1f} s"
        for c in told.closed()[0].levels
    ]


def test_levels_come_at_once_and_are_told_again_every_ten_seconds():
    told = tell(busy((0, 99)), times(40), LEVELS)
    notified = [(e.level, round(e.end_seconds)) for e in told.events if e.notify]

    assert notified == [(1, 3), (2, 5), (3, 11), (3, 21), (3, 31)]


def test_a_pause_recovers_and_does_not_clear():
    # After the top level 2.5 s of safe driving run the timer down, but not to nothing.
    told = tell(busy((2, 14), (16.5, 20)), times(30), LEVELS)
    first, second = told.closed()

    assert first.max_level == 3
    assert second.levels[0].reason == "not recovered yet"
    assert levels(told)[-1] == near((2, 18.5), abs=1.0)[0]


def test_after_a_long_pause_everything_starts_anew():
    told = tell(busy((2, 8), (40, 44)), times(60), LEVELS)

    assert levels(told) == near((1, 5), (2, 7), (1, 43))


def test_a_level_is_left_when_the_timer_has_run_down_to_the_one_below():
    # Breaks shorter than two seconds are one event.
    told = tell(busy((0, 6), (7.7, 9)), times(20), {**LEVELS, "rules": {"cumulative": None}})
    [event] = told.closed()
    downs = [c for c in event.levels if c.reason == "recovered"]

    assert [c.level for c in event.levels][:2] == [1, 2]
    assert downs
    assert downs[0].at_seconds > 6.3


def test_hiding_the_face_keeps_the_level():
    hidden = [("texting_left", 0, 6), ("occluded", 6, 8), ("texting_left", 8, 9)]
    safe = [("texting_left", 0, 6), ("texting_left", 8, 9)]
    kept = tell(doing(*hidden), times(20), LEVELS, card=FACES).closed()
    left = tell(doing(*safe), times(20), LEVELS, card=FACES).closed()

    assert kept[0].group == left[0].group == "phone"
    last_kept = [e for e in kept if e.group == "phone"][-1]
    assert (last_kept.levels[0].level, last_kept.levels[0].reason) == (2, "not recovered yet")
    assert all(change.level < 2 for change in left[-1].levels if change.at_seconds > 8)


@pytest.mark.parametrize(("hidden", "expected"), [(0.5, []), (40, [(1, 15), (2, 24), (3, 30)])])
def test_no_driver(hidden, expected):
    told = tell(doing(("occluded", 2, 2 + hidden)), times(50), LEVELS, card=FACES)

    found = [(level, at) for group, level, at in told.rises() if group == "no_driver"]
    assert found == near(*((level, at + 2) for level, at in expected))
    assert ("no_driver" in dict(told.states())) == (hidden > 10)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(0.5, [(1, 15), (2, 24), (3, 30)]), (10, [(1, 15), (1, 45)])],
)
def test_a_driver_who_shows_briefly_starts_nothing_anew(seen, expected):
    told = tell(
        doing(("occluded", 0, 20), ("occluded", 20 + seen, 50)), times(50), LEVELS, card=FACES
    )

    # Half a second recovers at most five times itself.
    assert levels(told) == near(*expected, abs=3.1)


def test_two_seconds_away_and_one_back_add_up():
    glances = busy(*[(t, t + 2) for t in range(0, 60, 3)])
    told = tell(glances, times(60), LEVELS)
    reasons = [c.reason for e in told.closed() for c in e.levels if c.level == 2]

    assert reasons
    assert reasons[0].endswith("s within 30 s")
    assert 10.0 <= float(reasons[0].split()[0]) < 10.5


def test_two_seconds_back_reset_the_sum():
    glances = busy(*[(t, t + 2) for t in range(0, 60, 5)])
    told = tell(glances, times(60), LEVELS)

    assert told.rises() == []


@pytest.mark.parametrize(
    ("vehicle", "expected"),
    [
        (Vehicle(), [(1, 3), (2, 5), (3, 11)]),
        (Vehicle(speed_kmh=80), [(1, 3), (2, 5), (3, 11)]),
        (Vehicle(speed_kmh=30), [(1, 5.1), (2, 8.5), (2, 10), (3, 18.7)]),
        (Vehicle(speed_kmh=10), [(1, 3)]),
        (Vehicle(standstill=True), [(1, 3)]),
    ],
    ids=["unknown", "fast", "in town", "slow", "standing"],
)
def test_levels_depend_on_speed(vehicle, expected):
    told = tell(busy((0, 99)), times(30), LEVELS, vehicle=lambda t: vehicle)

    # In town the sum of 10 s within 30 s comes after level 2 and changes nothing.
    assert levels(told) == near(*(pair for pair in expected if pair != (2, 10)))


def test_a_red_light_and_then_driving_off():
    told = tell(busy((0, 99)), times(75), LEVELS, vehicle=lambda t: STANDING if t < 60 else MOVING)

    # Level 1 while standing; two seconds after driving off level 2, as if it were 3 s old.
    assert levels(told) == near((1, 3), (2, 62), (3, 68))
    assert told.closed()[0].speed_min_kmh == 0.0
    assert told.closed()[0].speed_max_kmh == 80.0


def test_stopping_caps_the_level():
    told = tell(busy((0, 12)), times(12), LEVELS, vehicle=lambda t: MOVING if t < 8 else STANDING)
    last = told.closed()[0].levels[-1]

    assert (last.level, last.reason) == (1, "slow or standing")


SLOW = Vehicle(speed_kmh=10.0)
SHAKY = {
    "20 km/h": lambda t: Vehicle(speed_kmh=19.0 if round(t * 10) % 2 else 21.0),
    "50 km/h": lambda t: Vehicle(speed_kmh=49.0 if round(t * 10) % 2 else 51.0),
    "standstill": lambda t: Vehicle(speed_kmh=80.0, standstill=bool(round(t * 10) % 2)),
}


@pytest.mark.parametrize("vehicle", SHAKY.values(), ids=SHAKY)
def test_a_speed_that_shakes_around_a_limit_does_not_nag(vehicle):
    told = tell(
        busy((0, 99)), times(60), LEVELS, vehicle=lambda t: vehicle(t) if t > 15 else MOVING
    )
    notified = [e.end_seconds for e in told.events if e.notify and e.end_seconds > 15]

    assert len(notified) <= 5
    assert len(told.events) <= 12


def test_driving_off_after_a_minute_of_glances_starts_from_the_cap():
    # Before it stopped, ten seconds had come together.
    glances = busy(*[(t, t + 2) for t in range(0, 30, 3)])
    told = tell(glances, times(30), LEVELS, vehicle=lambda t: SLOW if 20 <= t < 21 else MOVING)
    [event] = told.closed()

    # Level 1 is what a timer that held three seconds when it drove off comes to.
    assert [c.level for c in event.levels if c.level == 2 and c.at_seconds < 20] == [2]
    assert [c for c in event.levels if c.level == 2 and c.at_seconds > 20] == []


def test_an_hour_is_recovered_from_as_fast_as_the_top_level_is():
    short, long = (
        tell(busy((0, end), (end + 5, end + 8)), times(end + 20, 5), LEVELS).closed()[-1]
        for end in (12, 1800)
    )

    assert [c.level for c in long.levels] == [c.level for c in short.levels]


def test_a_cap_above_the_last_level_caps_nothing():
    options = {**LEVELS, "rules": {"levels": [3], "cumulative": None}}
    told = tell(
        busy((0, 9)), times(12), {**options, "speed": {"exempt_max_level": 2}},
        vehicle=lambda t: SLOW,
    )  # fmt: skip

    assert levels(told) == near((1, 3))


def test_recovery_under_a_cap_is_told_as_recovery():
    options = {**LEVELS, "rules": {"min_off_seconds": 6}}
    [event] = tell(busy((0, 5)), times(20), options, vehicle=lambda t: SLOW).closed()

    assert [(c.level, c.reason) for c in event.levels] == [
        (1, "continuous 3.0 s"),
        (0, "recovered"),
    ]


def test_three_events_at_the_top_flag_the_trip():
    parts = [(start, start + 12) for start in (0, 60, 120)]
    told = tell(busy(*parts), times(180), LEVELS)

    assert [e.trip_flagged for e in told.closed()] == [False, False, True]


def test_half_a_minute_at_the_top_flags_the_trip():
    told = tell(busy((0, 45)), times(60), LEVELS)

    flagged = [e for e in told.events if e.trip_flagged]
    assert flagged[0].end_seconds == pytest.approx(41, abs=10)


def test_labels_of_a_group_are_one_event_with_each_ones_part():
    told = tell(doing(("texting_left", 1, 5), ("phone_left", 5, 7)), times(15), LEVELS, card=FACES)
    [event] = told.closed()

    assert (event.group, event.label) == ("phone", "texting_left")
    assert [part.label for part in event.labels] == ["texting_left", "phone_left"]
    assert event.labels[0].mean_score > event.labels[1].mean_score
    assert event.max_level == 2


def test_an_event_below_the_reported_level_is_not_reported():
    options = {"profile": "coach"}

    assert tell(busy((1, 3)), times(10), options).events == []
    opened, *_, closed = tell(busy((1, 6)), times(10), options).events
    assert (opened.phase, opened.reason, opened.notify) == ("open", "continuous 3.0 s", False)
    assert closed.start_seconds == pytest.approx(1.0)
    assert opened.detected_seconds == closed.detected_seconds == pytest.approx(4.0, abs=DT)
