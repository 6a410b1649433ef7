"""What every architecture of the zoo says of itself to the core."""

from pathlib import Path

import pytest
import yaml
from edgevid_zoo.families import ARCHITECTURES

from edgevid import load_plugins
from edgevid.model_facts import list_facts

ZOO = {architecture.name: architecture for architecture in ARCHITECTURES}


@pytest.mark.parametrize("name", ZOO)
def test_it_is_compared_with_a_network_that_sees_single_frames(name):
    baseline = ZOO[ZOO[name].baseline]

    assert baseline.temporal_mode in ("frame", "stream")
    assert baseline.baseline == baseline.name


@pytest.mark.parametrize(
    ("name", "parameters", "macs", "memory"),
    [
        ("tsm_resnet50", 23_528_522, 4_087_156_736, (16, 702_464 * 4)),
        ("tsm_resnet50_offline", 23_528_522, 32_697_253_888, (7, 8 * 224 * 224 * 3)),
    ],
)
def test_it_is_listed_with_its_counts_for_the_classes_that_are_asked(
    name, parameters, macs, memory
):
    [row] = list_facts(load_plugins(), [name], num_classes=10)

    assert (row.parameters, row.macs) == (parameters, macs)
    assert (row.memory_frames, row.memory_bytes) == memory


def test_published_speeds_are_of_networks_that_there_are():
    page = Path(__file__).parents[3] / "docs" / "zoo" / "published_speed.yaml"
    pairs = yaml.safe_load(page.read_text())

    assert {pair[side] for pair in pairs for side in ("of", "to")} <= set(ZOO)
    assert all(pair["source"] and pair["why"] for pair in pairs)
