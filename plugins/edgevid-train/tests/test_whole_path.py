"""From nothing to a model that watches: what a user types, on clips that are rendered here."""

import json

import pytest
from edgevid_train.evaluation.schema import EvaluationReport

from edgevid import read_card
from edgevid.cli.app import run_app

pytestmark = pytest.mark.slow
SMALL = (
    "network.options.width=0.25", "network.input_size=[32, 32]", "data.num_frames=2",
    "data.workers=0", "data.clips_per_epoch=8", "optimiser.batch_size=4", "optimiser.epochs=1",
    "optimiser.precise_bn_batches=1", "optimiser.loss_after_frames=0", "trainer.compile=false",
    "trainer.threads=1", "trainer.accelerator=cpu",
)  # fmt: skip


def run(*words):
    assert run_app([*map(str, words)]) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Clips, a run of two stages, its bundle, and what the bundle was found to be."""
    place = tmp_path_factory.mktemp("path")
    for split, count in (("train", 11), ("val", 3), ("test", 3)):
        few = ("--count", count, "--seconds", 1, "--size", 48, "--workers", 1)
        run("synth", "clips", "--split", split, "--out", place / "data", *few)
    sets = [word for pair in SMALL for word in ("--set", pair)]
    table, seen = place / "data" / "table.csv", place / "seen"
    kept = ("--cache", place / "kept")
    run("train", table, "--recipe", "see", "-o", seen, "--no-export", *kept, *sets)
    start = ("--from", seen / "model.safetensors")
    run("train", table, "--recipe", "driver", "-o", place / "run", *start, *kept, *sets)
    return place


@pytest.fixture(scope="module")
def evaluated(folder):
    bundle, table = folder / "run" / "model.onnx", folder / "data" / "table.csv"
    said = ("--no-robustness", "-o", folder / "report")
    run("evaluate", bundle, table, "--split", "val", "--write-temperature", *said)
    run("evaluate", bundle, table, "--split", "test", "--write-metrics", *said)
    return EvaluationReport.model_validate_json((folder / "report" / "report.json").read_bytes())


def test_decoded_frames_are_kept(folder):
    assert len(list((folder / "kept").glob("*.times.npy"))) >= 3


def test_the_card_tells_what_was_measured(folder, evaluated):
    card = read_card(folder / "run" / "model.onnx")
    assert card.temperature == pytest.approx(evaluated.card_temperature)
    assert card.metrics["test_clips"] == evaluated.num_clips
    assert card.metrics["test_top1"] == pytest.approx(evaluated.top1.value, abs=1e-4)
    assert card.metrics["test_ece"] == pytest.approx(evaluated.ece_before, abs=1e-4)
    assert "validation_top1" in card.metrics


def test_the_bundle_watches_a_rendered_drive(folder, evaluated, monkeypatch):
    monkeypatch.chdir(folder)
    drive = "synthetic:?seed=3&seconds=2&fps=8&size=48"
    run("run", drive, "--model", folder / "run" / "model.onnx", "--run-json", "run.json")
    found = json.loads((folder / "run.json").read_text())
    assert found["errors"] == []
    assert found["model"]["name"] == "driver"
