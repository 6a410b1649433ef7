"""The committed results of the zoo are of the networks that there are, and say that all passed."""

import json
from pathlib import Path

import pytest
import torch
from edgevid_bench.models_report import ModelsReport
from edgevid_train.motion.learning import small_card
from edgevid_train.motion.results import read_results
from edgevid_zoo.architecture import ZooArchitecture

from edgevid import load_plugins
from edgevid.model_facts import NUM_CLASSES

ROOT = Path(__file__).parent.parent
TABLES = ROOT / "docs" / "zoo"
ZOO = {
    name: cls()
    for name, cls in load_plugins().architectures.items()
    if issubclass(cls, ZooArchitecture)
}
MOTION = {row.name: row for row in read_results(TABLES / "motion.json").rows}


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")


def test_every_network_passed_the_export_at_full_size():
    table = json.loads((TABLES / "export.json").read_text())
    failed = {name: row["failed"] for name, row in table["rows"].items() if "failed" in row}

    assert failed == {}
    assert sorted(table["rows"]) == sorted(ZOO)
    assert (table["small"], table["num_classes"]) == (False, NUM_CLASSES)
    assert max(row["parity"] for row in table["rows"].values()) <= 1e-4


def test_every_network_was_asked_for_time_and_none_disappoints():
    assert sorted(MOTION) == sorted(ZOO)
    assert [name for name, row in MOTION.items() if row.disappoints] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_what_was_asked_for_time_is_the_narrow_network_of_today(name):
    architecture, row = ZOO[name], MOTION[name]
    with torch.device("meta"):
        module = architecture.build(small_card(architecture))

    assert row.parameters == sum(weight.numel() for weight in module.parameters())
    assert row.temporal_mode == architecture.temporal_mode
    says = (architecture.sees_order, architecture.compares_frames)
    assert (row.sees_order, row.compares_frames) == says


def test_the_speed_of_every_network_was_measured_beside_its_baseline():
    report = ModelsReport.read(TABLES / "speed.json")

    assert report.absent == {}
    assert not report.small
    assert {row.name: row.baseline for row in report.rows} == {
        name: architecture.baseline for name, architecture in ZOO.items()
    }


@pytest.mark.parametrize(
    ("one", "other", "time"),
    [
        ("tsm_resnet50_offline", "c2d_resnet50", "3"),
        ("tsm_resnet50_offline", "tsm_mobilenet_v2_offline", "not measured in turns"),
        ("tsm_resnet50_offline", "stm_resnet50", "not measured in turns"),
    ],
)
@pytest.mark.usefixtures("tools")
def test_times_are_compared_over_a_baseline_that_both_were_measured_with(one, other, time):
    """Not by milliseconds: the machine was not as busy at both times."""
    from zoo_measured import _pair

    found = {row.name: row for row in ModelsReport.read(TABLES / "speed.json").rows}
    changes = {
        "tsm_resnet50_offline": {"ratio_per_clip": 1.5},
        "c2d_resnet50": {"ratio_per_clip": 0.5},
        "tsm_mobilenet_v2_offline": {"ratio_per_clip": 1.5},
        "stm_resnet50": {"ratio_per_clip": None},
    }
    rows = [found[name].model_copy(update=changes[name]) for name in (one, other)]
    pair = {
        "of": one, "to": other, "unit": "time", "ratio": 1, "sure": True,
        "where": "", "source": "", "why": "",
    }  # fmt: skip

    assert _pair(pair, *rows).split(" | ")[4] == time


@pytest.mark.usefixtures("tools")
def test_a_name_that_is_none_is_refused_with_those_that_are(capsys, tmp_path):
    from export_zoo import main

    with pytest.raises(SystemExit, match="2"):
        main(["nope", "tsm_resnet50", "--output", str(tmp_path / "t.json")])
    refusal = capsys.readouterr().err
    assert "unknown: nope; known are" in refusal
    assert all(name in refusal for name in ZOO)
    assert not (tmp_path / "t.json").exists()
