"""When the explainer is asked, and what becomes of its failure."""

import numpy as np
import pytest

from edgevid.errors import BackendUnavailableError
from edgevid.interfaces import Explainer, Options, StreamState
from edgevid.pipeline.explaining import Explaining
from edgevid.pipeline.result import RunTotals
from edgevid.testing import make_event, make_frame, make_prediction

MAP = np.ones((2, 2), np.float32)


class Counting(Explainer):
    """Gives the same map and remembers when it was asked."""

    costs = True

    def __init__(self, at="always", every_seconds=0.0, fails=False):
        super().__init__(Options())
        self.at, self.every_seconds, self.fails = at, every_seconds, fails
        self.asked = []

    def explain(self, frame, prediction, state):
        self.asked.append(round(prediction.end_seconds, 3))
        if self.fails:
            raise RuntimeError("no gradient today")
        return MAP


def prediction_at(seconds, score=0.9, *, valid=True):
    made = make_prediction((1 - score, score), end_seconds=seconds, valid=valid)
    return made


def run(explainer, moments, *, late=()):
    """``moments``: (seconds, score, valid, events); returns the predictions that came out."""
    now = [0.0]
    tally = RunTotals()
    explaining = Explaining(explainer, tally, is_late=lambda: now[0] in late)
    found = []
    for seconds, score, valid, events in moments:
        now[0] = seconds
        made = prediction_at(seconds, score, valid=valid)
        found.append(explaining(make_frame(0), made, StreamState(), events, "busy"))
    return found, tally


def every(step, count):
    return [(round(step * index, 3), 0.9, True, ()) for index in range(count)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (0.0, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]),
        (0.5, [0.0, 0.5, 1.0]),
        (1.0, [0.0, 1.0]),
        (9.0, [0.0]),
    ],
)
def test_maps_come_no_more_often_than_asked_for_in_the_sources_time(period, expected):
    explainer = Counting(every_seconds=period)
    found, _ = run(explainer, every(0.25, 6))

    assert explainer.asked == expected
    assert [p.end_seconds for p in found if p.saliency is not None] == expected


def test_at_events_it_explains_their_start_and_each_new_peak():
    opened, closed = make_event("busy", phase="open"), make_event("busy", phase="closed")
    explainer = Counting(at="events")
    run(
        explainer,
        [
            (0.0, 0.9, True, ()),
            (0.1, 0.6, True, (opened,)),
            (0.2, 0.65, True, ()),
            (0.3, 0.75, True, ()),
            (0.4, 0.8, True, ()),
            (0.5, 0.9, True, ()),
            (0.6, 0.99, True, (closed,)),
            (0.7, 0.55, True, (opened,)),
        ],
    )

    assert explainer.asked == [0.1, 0.3, 0.5, 0.7]


def test_a_peak_that_came_while_frames_waited_is_explained_with_the_next_frame_that_is_free():
    opened = make_event("busy", phase="open")
    explainer = Counting(at="events")
    run(
        explainer,
        [(0.1, 0.92, True, (opened,)), (0.2, 0.92, True, ()), (0.3, 0.92, True, ())],
        late=(0.1,),
    )

    assert explainer.asked == [0.2]


def test_an_event_that_a_gap_closed_begins_with_a_new_peak():
    explainer = Counting(at="events")
    explaining = Explaining(explainer, RunTotals(), is_late=lambda: False)
    opened = make_event("busy", phase="open")
    explaining(make_frame(0), prediction_at(0.1), StreamState(), (opened,), "busy")
    explaining.note([make_event("busy", phase="closed")])
    explaining(make_frame(0), prediction_at(5.0, 0.6), StreamState(), (opened,), "busy")

    assert explainer.asked == [0.1, 5.0]


def test_a_run_that_never_had_time_to_explain_says_so():
    tally = RunTotals()
    explaining = Explaining(Counting(), tally, is_late=lambda: True)
    for seconds in (0.0, 1.0):
        explaining(make_frame(0), prediction_at(seconds), StreamState(), (), "busy")
    explaining.finish()

    assert "nothing was explained: each of the 2 times it was due" in tally.warnings[0]


def test_it_is_left_out_while_frames_wait_and_during_the_warm_up():
    moments = [(0.0, 0.9, False, ()), (0.5, 0.9, True, ()), (1.0, 0.9, True, ())]
    explainer = Counting()
    run(explainer, moments, late=(0.5,))

    assert explainer.asked == [1.0]


def test_one_that_costs_nothing_is_always_asked():
    explainer = Counting()
    explainer.costs = False
    run(explainer, [(0.0, 0.9, False, ()), (0.5, 0.9, True, ())], late=(0.5,))

    assert explainer.asked == [0.0, 0.5]


def test_a_failure_is_counted_once_and_the_run_goes_on_without_maps():
    explainer = Counting(fails=True)
    found, tally = run(explainer, every(0.5, 3))

    assert explainer.asked == [0.0]
    assert [p.saliency for p in found] == [None] * 3
    assert tally.errors == ["explainer is disabled: RuntimeError: no gradient today"]


@pytest.mark.parametrize("fails", [False, True])
def test_when_the_backend_was_lost_the_explainer_moves_too_or_is_left_behind(fails):
    moved = []

    class Moving(Counting):
        def recover(self):
            moved.append(True)
            if fails:
                raise BackendUnavailableError("no other backend is left to try")

    explainer, tally = Moving(every_seconds=10), RunTotals()
    explaining = Explaining(explainer, tally, is_late=lambda: False)
    explaining(make_frame(0), prediction_at(0.0), StreamState(), (), "busy")
    explaining.recover()
    explaining(make_frame(0), prediction_at(1.0), StreamState(), (), "busy")

    assert moved == [True]
    assert explainer.asked == ([0.0] if fails else [0.0, 1.0])
    assert len(tally.errors) == fails


def test_after_a_reset_the_next_prediction_is_explained():
    explainer = Counting(every_seconds=10)
    explaining = Explaining(explainer, RunTotals(), is_late=lambda: False)
    for seconds in (0.0, 1.0):
        explaining(make_frame(0), prediction_at(seconds), StreamState(), (), "busy")
    explaining.reset()
    explaining(make_frame(0), prediction_at(2.0), StreamState(), (), "busy")

    assert explainer.asked == [0.0, 2.0]
