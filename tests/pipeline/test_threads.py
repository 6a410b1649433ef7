"""Threads that do not return: nothing is closed under them, and a first step may take its time."""

import threading
from dataclasses import replace

import pytest

from edgevid.pipeline import threads as module
from tests.pipeline.stream_parts import build

SHORT_SECONDS = 0.05


class Gate:
    """A plugin that hangs in a call until the test lets it go."""

    def __init__(self):
        self.entered, self.release = threading.Event(), threading.Event()

    def __call__(self, *_):
        self.entered.set()
        assert self.release.wait(30)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.release.set()


def closings(pipeline, parts):
    closed = []
    for kind, cls in (("source", parts.source), ("model", parts.model)):
        cls.close = lambda self, kind=kind: closed.append(kind)
    engine = pipeline._engine
    engine.close = lambda: closed.append("engine")
    return closed


def impatient(pipeline, monkeypatch, **seconds):
    made = pipeline._threads
    given = {"join_seconds": SHORT_SECONDS, "first_step_seconds": SHORT_SECONDS} | seconds
    monkeypatch.setattr(pipeline, "_threads", lambda info: replace(made(info), **given))


def run_and_stop(pipeline, gate, *, release=False):
    results = []
    runner = threading.Thread(target=lambda: results.append(pipeline.run()))
    runner.start()
    assert gate.entered.wait(10)
    pipeline.stop()
    if release:
        gate.release.set()
    runner.join(20)
    assert not runner.is_alive()
    return results[0]


def test_a_source_whose_grab_does_not_return_is_not_closed_under_it(gate, monkeypatch):
    pipeline, parts = build({"script": [0.0, 0.1, gate]})
    closed = closings(pipeline, parts)
    impatient(pipeline, monkeypatch)
    result = run_and_stop(pipeline, gate)

    assert closed == ["model", "engine"]
    assert "the source did not return; its thread was left behind" in result.errors


def test_a_model_whose_step_does_not_return_is_not_closed_under_it(gate, monkeypatch):
    hang = staticmethod(lambda frame: gate() if frame.index == 2 else None)
    pipeline, parts = build({"script": [0.0, 0.1, 0.2]}, {"before": hang})
    closed = closings(pipeline, parts)
    impatient(pipeline, monkeypatch, first_step_seconds=30)
    result = run_and_stop(pipeline, gate)

    assert closed == ["source"]
    assert "the model did not return; its thread was left behind" in result.errors


def test_a_first_step_that_takes_long_is_waited_for_with_a_warning(gate, monkeypatch, caplog):
    pipeline, parts = build({"script": [0.0, 0.1]}, {"before": staticmethod(gate)})
    closed = closings(pipeline, parts)
    impatient(pipeline, monkeypatch, first_step_seconds=30)
    warned = threading.Event()
    monkeypatch.setattr(
        module._logger, "warning", lambda text, *args: (warned.set(), gate.release.set())
    )
    result = run_and_stop(pipeline, gate)

    assert warned.is_set()
    assert (result.errors, closed) == ([], ["source", "model", "engine"])


def test_a_first_step_that_never_ends_is_left_behind(gate, monkeypatch):
    pipeline, parts = build({"script": [0.0]}, {"before": staticmethod(gate)})
    closed = closings(pipeline, parts)
    impatient(pipeline, monkeypatch)

    assert run_and_stop(pipeline, gate).errors == [
        "the model did not return; its thread was left behind"
    ]
    assert closed == ["source"]


def test_a_sink_may_end_the_run():
    pipeline, _ = build({"script": (i / 10 for i in range(10**6))}, sinks=[{"pictures": False}])
    sink = type(pipeline._sinks[0].sink)
    sink.stop_requested = property(lambda self: True)

    assert pipeline.run().stop_reason == "sink sink0 requested it"
