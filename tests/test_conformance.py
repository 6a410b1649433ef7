"""Every registered plugin passes the checks that strangers' plugins are asked to pass."""

import pytest

from edgevid.config import BackendConfig, ModelConfig
from edgevid.pipeline.build import build_model
from edgevid.plugins import load_plugins
from edgevid.testing import (
    FakeModel,
    RecordingSink,
    SyntheticSource,
    check_model,
    check_overlay,
    check_sink,
    check_source,
)

PLUGINS = load_plugins()
NEED_WEIGHTS = {"bundle", "tsm_mobilenet_v2"}
NEED_A_SCREEN = {"window"}
SUFFIXES = {"csv": ".csv", "jsonl": ".jsonl", "video": ".mp4", "hello_tally": ".txt"}


@pytest.mark.parametrize("name", sorted(set(PLUGINS.models) - NEED_WEIGHTS))
def test_models(name):
    with build_model(PLUGINS, ModelConfig(name=name), BackendConfig()).model as model:
        check_model(model)


@pytest.mark.parametrize("name", sorted(set(PLUGINS.sinks) - NEED_A_SCREEN))
def test_sinks(name, tmp_path):
    cls = PLUGINS.sinks[name]
    target = str(tmp_path / f"out{SUFFIXES.get(name, '')}") if cls.needs_target else None
    check_sink(lambda: cls(target, cls.Options()))


@pytest.mark.parametrize("name", list(PLUGINS.overlays))
def test_overlays(name):
    cls = PLUGINS.overlays[name]
    check_overlay(lambda: cls(cls.Options()))


def test_the_test_source():
    cls = PLUGINS.sources["test"]
    check_source(lambda: cls("", cls.Options(frames=30)))


def test_the_fakes():
    check_model(FakeModel(lambda frame: float(frame.image.mean()) / 255))
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
        (lambda: check_source(lambda: SyntheticSource([0.0, 0.2, 0.1])), "strictly increase"),
        (lambda: check_source(lambda: SyntheticSource([0.0])), "at least two frames"),
    ],
)
def test_a_plugin_that_breaks_a_rule_is_caught(check, message):
    with pytest.raises(AssertionError, match=message):
        check()
