"""How speed reaches the event engine, and what becomes of a run whose signals fail."""

import pytest

from edgevid.errors import SignalsError
from edgevid.interfaces import EventEngine
from edgevid.testing import FakeSignals, make_event
from edgevid.types import Vehicle

from .stream_parts import build, make


class Listening(EventEngine):
    """Keeps the vehicle of each prediction; reports one event at the end."""

    told: list = []

    def __init__(self, options, card):
        super().__init__(options, card)
        type(self).told = []

    def update(self, prediction, vehicle):
        self.told.append((round(prediction.end_seconds, 3), vehicle))
        return ()

    def gap(self, gap):
        return ()

    def finish(self, end_seconds):
        return [make_event()]


def fake(values, **attributes):
    """A class as a plugin registers it, and the object that the pipeline makes of it."""

    def __init__(self, options, target=None):
        FakeSignals.__init__(self, values)
        type(self).made = self

    return make("Fake", FakeSignals, __init__=__init__, **attributes)


def listened(signals, script):
    engine = make("Engine", Listening)
    pipeline, parts = build(
        {"script": script}, sinks=[{"pictures": False}], signals=signals, engine=engine
    )
    return pipeline.run(), engine, parts


def tenths(count):
    return [i / 10 for i in range(count)]


def test_the_engine_gets_the_vehicle_of_each_moment_and_never_of_the_future():
    values = {at: Vehicle(speed_kmh=100 * at) for at in tenths(30)}
    result, engine, _ = listened(fake(values), tenths(30))

    assert result.exit_code == 0
    assert engine.told == [(at, Vehicle(speed_kmh=100 * at)) for at in tenths(30)]


def test_a_value_reaches_the_engine_with_the_first_frame_after_it_not_before():
    _, engine, _ = listened(fake({0.55: 30.0, 1.0: 0.0}), tenths(13))

    speeds = {at: vehicle.speed_kmh for at, vehicle in engine.told}
    assert [speeds[at] for at in (0.5, 0.6, 0.9, 1.0, 1.2)] == [None, 30.0, 30.0, 0.0, 0.0]
    assert dict(engine.told)[1.2].standstill is True


def test_signals_are_asked_once_for_each_analysed_frame_by_its_pts_and_closed_once():
    signals = fake({0.0: 10.0})
    listened(signals, [i / 30 for i in range(30)])

    assert [round(at, 3) for at in signals.made.asked] == tenths(10)
    assert signals.made.num_closed == 1


def test_without_signals_everything_is_unknown():
    _, engine, _ = listened(None, tenths(5))

    assert {vehicle for _, vehicle in engine.told} == {Vehicle()}


@pytest.mark.parametrize("error", [SignalsError("the bus is gone"), ZeroDivisionError("oops")])
def test_signals_that_raise_are_disabled_while_events_go_on(error):
    signals = fake({0.0: 50.0, 0.5: error, 1.0: 60.0})
    result, engine, parts = listened(signals, tenths(20))

    assert result.status == "finished"
    assert result.exit_code == 1
    assert result.errors == [f"signals are disabled: {type(error).__name__}: {error}"]
    assert [vehicle.speed_kmh for _, vehicle in engine.told] == [50.0] * 5 + [None] * 15
    assert len(signals.made.asked) == 6
    assert parts.sinks[0].told == [("closed", "busy", 1.0)]


def test_signals_that_cannot_be_opened_end_the_run_before_it_starts():
    def refuse(self, info):
        raise SignalsError("no such bus")

    signals = fake({}, open=refuse)
    with pytest.raises(SignalsError, match="no such bus"):
        listened(signals, tenths(3))
    assert signals.made.num_closed == 1


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"needs_target": True}, "'scripted' need a target; write scripted:TARGET"),
        (
            {"unavailable": classmethod(lambda cls: "pip install it")},
            "signals 'scripted' cannot run here: pip install it",
        ),
    ],
)
def test_what_cannot_run_is_refused_in_one_line(attributes, message):
    with pytest.raises(Exception, match=message):
        build({"script": [0.0]}, signals=fake({}, **attributes))
