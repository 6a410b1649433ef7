"""The network that ships with the package: its interface, and what it says on a real drive."""

import csv
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from edgevid import Pipeline, RunConfig, load_config, read_card, run
from edgevid.config import BackendConfig, ModelConfig, PluginConfig, SourceConfig
from edgevid.default_plugins.models.driver import DriverModel, default_bundle
from edgevid.errors import BackendUnavailableError, ConfigError
from edgevid.pipeline.build import (
    build_events,
    build_explainer,
    build_model,
    build_overlays,
    build_source,
    check_options,
)
from edgevid.pipeline.dispatch import NamedSink
from edgevid.plugins import load_plugins
from edgevid.testing import RecordingSink, check_explainer

PLUGINS = load_plugins(discover=False)
DEMO = Path(__file__).parent.parent.parent / "examples" / "sample_drive.mp4"
GRID = (5, 5)
"""What a stride of 32 leaves of 144 pixels."""
A_FEW_FRAMES = 0.4
"""Seconds; on another processor the scores differ in the last digits."""


@pytest.fixture(scope="module")
def told():
    """What a sink for pictures is told of the sample drive's first three seconds."""
    config = RunConfig(source=SourceConfig(uri=str(DEMO)), sinks=(), duration_seconds=3)
    built = build_model(PLUGINS, config.model, config.backend)
    sink = RecordingSink()
    Pipeline(
        build_source(PLUGINS, config.source),
        built,
        build_events(PLUGINS, config.events, built.model.card),
        config=config,
        explainer=build_explainer(PLUGINS, config.explainer),
        overlays=build_overlays(PLUGINS, config.overlays),
        sinks=[NamedSink("recording", sink, None)],
    ).run()
    return sink.calls


def test_it_is_the_default():
    assert ModelConfig().name == "driver"
    assert PLUGINS.models["driver"] is DriverModel


def test_its_interface():
    card = read_card(default_bundle())

    assert (card.temporal_mode, card.input_size, card.input_rate_hz) == ("stream", (144, 144), 8)
    assert len(card.class_names) == 11
    assert card.background == "safe_driving"
    assert card.warmup_seconds == 1.25
    assert card.has_cam
    assert card.architecture == "tsm_mobilenet_v2"


def test_its_pytorch_twin_has_the_weights_that_the_card_means():
    twin = default_bundle().with_suffix(".safetensors")

    assert hashlib.sha256(twin.read_bytes()).hexdigest() == read_card(default_bundle()).sha256


def test_predictions_are_valid_after_the_warm_up_and_each_has_all_classes(told):
    found = [value for kind, value in told if kind == "prediction"]

    assert len(found) == 24
    assert [p.valid for p in found] == [p.end_seconds >= 1.25 - 0.25 / 8 for p in found]
    for prediction in found:
        assert prediction.scores.shape == (11,)
        assert float(prediction.scores.sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_it_repeats_its_parity_check(backend):
    built = build_model(PLUGINS, ModelConfig(), BackendConfig(name=backend), verify=True)
    with built.model as model:
        assert model.runs_on["backend"] == backend
        assert model.card.golden.tolerance == 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("name", list(PLUGINS.explainers))
def test_every_explainer_keeps_to_the_rules_with_it(name, backend):
    choice = BackendConfig(name=backend)
    explainer = build_explainer(PLUGINS, PluginConfig(name=name), choice)
    with build_model(PLUGINS, ModelConfig(), choice).model as model, explainer:
        check_explainer(explainer, model)


@pytest.mark.slow
@pytest.mark.parametrize("explainer", ["gradient", "smoothgrad"])
def test_its_companion_explains_it_without_pytorch(tmp_path, explainer):
    result = run(
        RunConfig(
            source=SourceConfig(uri=str(DEMO)),
            explainer={"name": explainer, "options": {"every_seconds": 0.5}},
            sinks=[f"maps:{tmp_path / 'maps'}"],
            duration_seconds=3,
        )
    )
    maps = [np.load(path) for path in sorted((tmp_path / "maps").glob("*.npy"))]

    assert result.exit_code == 0
    assert len(maps) == 3
    assert all(m.shape == (144, 144) and m.min() >= 0 and m.max() == 1 for m in maps)


def test_the_heat_map_comes_from_the_network_itself(told):
    maps = [value.saliency for kind, value in told if kind == "prediction"]

    assert {m.shape for m in maps} == {GRID}
    assert all(m.dtype == np.float32 and m.min() >= 0 and m.max() <= 1 for m in maps)
    assert max(m.max() for m in maps) == 1


def test_it_takes_no_options():
    config = RunConfig(source=SourceConfig(uri=str(DEMO)), model=ModelConfig(options={"path": "x"}))

    with pytest.raises(ConfigError, match="model driver: path: unknown key"):
        check_options(PLUGINS, config)


def test_it_needs_somebody_who_opens_a_backend():
    with pytest.raises(BackendUnavailableError, match="'driver' needs a context"):
        DriverModel(DriverModel.Options())


def test_what_runs_is_told():
    with build_model(PLUGINS, ModelConfig(), BackendConfig(require="cpu")).model as model:
        assert model.runs_on["backend"] == "onnxruntime"


def numbers(line):
    return [float(n) for n in re.findall(r"[0-9]+(?:\.[0-9]+)?", line)]


@pytest.mark.slow
def test_the_demo_gives_the_events_that_its_readme_tells(tmp_path, monkeypatch, capsys):
    page = (DEMO.parent / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"(\w+) ([0-9.]+) to ([0-9.]+)", "".join(re.findall(r"\|([^|]*)\|\n", page)))
    monkeypatch.chdir(DEMO.parents[1])

    run(
        load_config(
            "configs/demo.yaml", [f"sinks=[console, csv:{tmp_path / 'e.csv'}]", "run_json=null"]
        )
    )

    with (tmp_path / "e.csv").open(newline="") as file:
        found = sorted(csv.DictReader(file), key=lambda row: float(row["start_seconds"]))
    assert [row["label"] for row in found] == [label for label, *_ in told]
    for row, (_, start, end) in zip(found, told, strict=True):
        assert float(row["start_seconds"]) == pytest.approx(float(start), abs=A_FEW_FRAMES)
        assert float(row["end_seconds"]) == pytest.approx(float(end), abs=A_FEW_FRAMES)
    readme = (DEMO.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^00:[0-9.]+ .*", readme, re.M)
    printed = capsys.readouterr().out.splitlines()
    assert len(shown) == 6
    for expected, line in zip(shown, printed, strict=False):
        assert re.sub(r"[0-9.]+", "#", line) == re.sub(r"[0-9.]+", "#", expected)
        assert numbers(line) == pytest.approx(numbers(expected), abs=A_FEW_FRAMES)
