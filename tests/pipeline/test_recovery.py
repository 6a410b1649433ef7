"""A backend that fails in the middle of a run."""

from types import ModuleType

import pytest

from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.config import RunConfig
from edgevid.errors import InferenceError
from edgevid.hookspecs import hookimpl
from edgevid.pipeline import Pipeline
from edgevid.plugins import load_plugins

from ..tiny_bundles import card_for, write_bundle
from .stream_parts import MemorySink, ScriptedSource, make

NUM_FRAMES = 12


class LostDevice(OnnxRuntimeBackend):
    """ONNX Runtime, on two devices that are lost one after the other."""

    name = "lost"
    devices = ("cuda", "cpu")
    lasts = {"cuda": 4, "cpu": 99}
    opened: list = []

    def __init__(self, options, bundle):
        super().__init__(options.model_copy(update={"device": "cpu"}), bundle)
        self._pretends = options.device
        self._left = self.lasts[options.device]
        self.opened.append(options.device)

    @property
    def provider(self):
        return f"Pretended{self._pretends.upper()}"

    @property
    def report(self):
        return super().report | {"device": self._pretends}

    def run(self, inputs, memories):
        if not self._left:
            raise InferenceError(f"{self._pretends} device lost")
        self._left -= 1
        return super().run(inputs, memories)


@pytest.fixture
def build(tmp_path):
    card = card_for("stream", warmup_seconds=0.3, name="tiny")
    write_bundle(tmp_path / "m.onnx", card)

    def build_one(lasts, **backend):
        lost = make("Lost", LostDevice, lasts=lasts, opened=[])
        source = make("S", ScriptedSource, script=[i / 10 for i in range(NUM_FRAMES)])
        sink = make("K", MemorySink, pictures=False)
        plugin = ModuleType("lost_plugin")
        plugin.register_backends = hookimpl(lambda register: register("lost", lost))
        plugin.register_sources = hookimpl(lambda register: register("scripted", source))
        plugin.register_sinks = hookimpl(lambda register: register("memory", sink))
        config = RunConfig.model_validate({
            "source": "scripted:", "model": str(tmp_path / "m.onnx"), "sinks": ["memory"],
            "backend": {"name": "lost", **backend}, "overlays": [],
        })  # fmt: skip
        return Pipeline.from_config(config, load_plugins([plugin], discover=False)), lost, sink

    return build_one


def test_a_run_goes_on_with_the_next_candidate_after_a_gap(build):
    pipeline, lost, sink = build({"cuda": 4, "cpu": 99}, on_failure="next")
    result = pipeline.run()

    assert lost.opened == ["cuda", "cpu"]
    assert result.status == "finished"
    assert result.exit_code == 0
    assert result.frames.analysed == NUM_FRAMES
    assert result.runs_on["provider"] == "PretendedCPU"
    [failure] = result.backend_failures
    assert failure.model_dump() == {
        "at_seconds": 0.4, "backend": "lost", "provider": "PretendedCUDA",
        "error": "cuda device lost", "continued_on": "lost, PretendedCPU",
    }  # fmt: skip
    assert [(g.start_seconds, g.end_seconds, g.reason) for g in result.gaps] == [
        (0.3, 0.4, "the backend failed")
    ]
    assert ("gap", 0.3, 0.4) in sink.told
    assert "cuda device lost; went on with" in result.warnings[0]


def test_the_stream_warms_up_again_with_a_state_of_zeros(build):
    pipeline, *_ = build({"cuda": 4, "cpu": 99}, on_failure="next")
    predictions = []
    step = pipeline._model.step

    def kept(frames, states):
        [prediction] = step(frames, states)
        predictions.append(prediction)
        return [prediction]

    pipeline._model.step = kept
    pipeline.run()

    assert [p.valid for p in predictions] == [False] * 3 + [True] + [False] * 3 + [True] * 5


def test_a_failure_stops_the_run_unless_the_configuration_allows_more(build):
    pipeline, lost, _ = build({"cuda": 4, "cpu": 99})

    with pytest.raises(InferenceError, match="cuda device lost"):
        pipeline.run()
    assert lost.opened == ["cuda"]


@pytest.mark.parametrize(
    ("lasts", "backend", "message"),
    [
        ({"cuda": 4, "cpu": 2}, {}, "cpu device lost"),
        ({"cuda": 0, "cpu": 0}, {}, "cpu device lost"),
        ({"cuda": 4, "cpu": 9}, {"require": "cuda"}, "cuda device lost; .* no other backend"),
    ],
)
def test_a_second_failure_or_nothing_left_ends_the_run_with_the_reason(
    build, lasts, backend, message
):
    pipeline, *_ = build(lasts, on_failure="next", **backend)

    with pytest.raises(InferenceError, match=message):
        pipeline.run()
