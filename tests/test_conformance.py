"""Every registered plugin passes the checks that strangers' plugins are asked to pass."""

import inspect

import numpy as np
import pytest

from edgevid.config import BackendConfig, ModelConfig
from edgevid.interfaces import Explainer, Options
from edgevid.pipeline.build import build_model
from edgevid.plugins import load_plugins
from edgevid.testing import (
    FakeModel,
    FakeSignals,
    RecordingSink,
    SyntheticSource,
    check_explainer,
    check_model,
    check_overlay,
    check_signals,
    check_sink,
    check_source,
)
from edgevid.types import Scores

PLUGINS = load_plugins()
NEED_WEIGHTS = {"bundle", "tsm_mobilenet_v2"}
NEED_A_SCREEN = {"window"}
SUFFIXES = {
    "csv": ".csv", "jsonl": ".jsonl", "timeline": ".png", "video": ".mp4", "hello_tally": ".txt",
}  # fmt: skip


SHAPES = {
    "overlays": ["options"],
    "sources": ["options", "uri"],
    "sinks": ["options", "target"],
    "signals": ["options", "target"],
    "events": ["options", "card"],
    "models": ["options", "context"],
    "explainers": ["options", "context"],
    "backends": ["options", "bundle"],
}


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role in SHAPES for name in getattr(PLUGINS, role)]
)
def test_every_plugin_is_made_from_its_options_and_one_thing(role, name):
    parameters = inspect.signature(getattr(PLUGINS, role)[name]).parameters.values()

    given = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert given == SHAPES[role]
    optional = {p.name for p in parameters if p.default is not p.empty}
    assert optional >= {"target", "context"} & set(given)


@pytest.mark.parametrize("name", sorted(set(PLUGINS.models) - NEED_WEIGHTS))
def test_models(name):
    with build_model(PLUGINS, ModelConfig(name=name), BackendConfig()).model as model:
        check_model(model)


@pytest.mark.parametrize("name", sorted(set(PLUGINS.sinks) - NEED_A_SCREEN))
def test_sinks(name, tmp_path):
    cls = PLUGINS.sinks[name]
    target = str(tmp_path / f"out{SUFFIXES.get(name, '')}") if cls.needs_target else None
    check_sink(lambda: cls(cls.Options(), target))


@pytest.mark.parametrize("name", list(PLUGINS.overlays))
def test_overlays(name):
    cls = PLUGINS.overlays[name]
    check_overlay(lambda: cls(cls.Options()))


def test_the_test_source():
    cls = PLUGINS.sources["test"]
    check_source(lambda: cls(cls.Options(frames=30), ""))


def test_the_fakes():
    check_model(FakeModel(lambda frame: float(frame.image.mean()) / 255))
    check_signals(lambda: FakeSignals({0.0: 50.0, 1.0: 0.0}, max_age_seconds=2.0))
    check_sink(RecordingSink)
    check_source(lambda: SyntheticSource([0.0, 0.1, None, 0.4, 0.5]))


class Stateful(FakeModel):
    """Keeps its state in itself instead of in the stream."""

    count = 0

    def infer(self, frames, states):
        self.count += 1
        self._score = lambda frame: (self.count % 11) / 11
        return super().infer(frames, states)


class Scribbler(FakeModel):
    def infer(self, frames, states):
        for frame in frames:
            frame.image.flags.writeable = True
            frame.image[:] = 0
        return super().infer(frames, states)


class TooMany(FakeModel):
    def infer(self, frames, states):
        scores = super().infer(frames, states)
        for score in scores:
            score.values[:] = 3.0
        return scores


class Forgetful(RecordingSink):
    def close(self):
        super().close()
        if self.num_closed > 1:
            raise RuntimeError("closed twice")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: check_model(Stateful()), "fresh state"),
        (lambda: check_model(Scribbler()), "must not change its frames"),
        (lambda: check_model(TooMany()), r"scores must be in \[0, 1\]"),
        (lambda: check_sink(Forgetful), "close must work twice"),
        (lambda: check_signals(lambda: FakeSignals({0.0: 50.0})), "too old is unknown"),
        (lambda: check_signals(lambda: FakeSignals({0.0: -3.0})), "not negative"),
        (lambda: check_signals(lambda: FakeSignals({9.0: 1.0})), "something must be known"),
        (lambda: check_signals(lambda: FakeSignals({-1e9: 1.0})), "before the first value"),
        (lambda: check_source(lambda: SyntheticSource([0.0, 0.2, 0.1])), "strictly increase"),
        (lambda: check_source(lambda: SyntheticSource([0.0])), "at least two frames"),
    ],
)
def test_a_plugin_that_breaks_a_rule_is_caught(check, message):
    with pytest.raises(AssertionError, match=message):
        check()


class Explains(Explainer):
    """Gives what ``make(index)`` makes."""

    def __init__(self, make):
        super().__init__(Options())
        self.make = make
        self.count = 0

    def explain(self, frame, prediction, state):
        self.count += 1
        return self.make(self, frame, state)


class CountsSteps(FakeModel):
    """Says how often it was asked since the stream began."""

    def infer(self, frames, states):
        for state in states:
            state.memory = (state.memory or 0) + 1
        rows = [[1 - s.memory / 10, s.memory / 10] for s in states]
        return [Scores(np.array(row, np.float32)) for row in rows]


def changing_the_state(explainer, frame, state):
    state.memory = None
    return np.zeros((2, 2), np.float32)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda e, f, s: None, "a map of some frame"),
        (lambda e, f, s: np.zeros((2, 2, 3), np.float32), r"must be \(h, w\)"),
        (lambda e, f, s: np.zeros((2, 2)), "must be float32"),
        (lambda e, f, s: np.full((2, 2), np.nan, np.float32), "must be finite"),
        (lambda e, f, s: np.full((2, 2), 2, np.float32), r"must be in \[0, 1\]"),
        (lambda e, f, s: np.full((2, 2), e.count % 7 / 7, np.float32), "give the same maps"),
        (changing_the_state, "must not change the model's next scores"),
    ],
)
def test_an_explainer_that_breaks_a_rule_is_told_which(make, rule):
    with pytest.raises(AssertionError, match=rule):
        check_explainer(Explains(make), CountsSteps())
