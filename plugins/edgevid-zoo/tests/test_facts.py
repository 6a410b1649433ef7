"""What every architecture of the zoo states about itself, in its card and in its docstring."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import edgevid_zoo.families
import edgevid_zoo.parts
import pytest
import yaml
from edgevid_zoo.architecture import ZooArchitecture
from edgevid_zoo.families import CATALOGUE, architectures
from pydantic import BaseModel

from edgevid import ConfigError, load_plugins
from edgevid.backends import frame_inputs
from edgevid.model_facts import list_facts

ZOO = architectures()


def public_classes():
    """Classes of families and parts, but for options, which have no input."""
    for package in (edgevid_zoo.families, edgevid_zoo.parts):
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            module = importlib.import_module(found.name)
            for name, cls in vars(module).items():
                own = inspect.isclass(cls) and cls.__module__ == module.__name__
                if own and not name.startswith("_") and not issubclass(cls, BaseModel):
                    yield cls


def test_the_catalogue_has_every_architecture_under_its_name():
    named = {
        cls.name: cls
        for cls in public_classes()
        if issubclass(cls, ZooArchitecture) and hasattr(cls, "name")
    }

    assert {name: type(architecture) for name, architecture in ZOO.items()} == named
    assert ZOO.keys() == CATALOGUE.keys()


def test_the_plugin_registers_the_classes_of_the_catalogue():
    found = load_plugins().architectures["tsm_resnet50"]

    assert found is type(ZOO["tsm_resnet50"])


def test_every_public_class_states_its_paper_and_its_input():
    faults = []
    for cls in public_classes():
        text = inspect.getdoc(cls) or ""
        shape = re.search(r"Input: ([^(]*)\((N[^)]*)\)", text)
        # Features of frames have batch and time in one axis.
        if (
            "https://" not in text
            or not shape
            or not re.match(r"RGB|uint8 BGR|features|in bundle form|as of", shape[1])
            or not shape[2].startswith(("N, ", "N*T, "))
        ):
            faults.append(cls.__qualname__)

    assert faults == []


@pytest.mark.slow
def test_the_input_in_a_docstring_is_that_of_the_card():
    faults = []
    for name, architecture in ZOO.items():
        card = architecture.default_card(["a", "b"])
        shapes = [str(("N", *shape)).replace("'", "") for shape in frame_inputs(card).values()]
        text = inspect.getdoc(type(architecture)).partition("Input: uint8 BGR ")[2]
        kind = "frames" if card.temporal_mode in ("frame", "stream") else "clips"
        if (
            not text.startswith(kind)
            or re.findall(r"\(N.*?\)", text) != shapes
            or f"{card.input_rate_hz:g} frames a second" not in text
        ):
            faults.append((name, text, shapes))

    assert faults == []


def test_the_card_names_the_paper_and_says_why_clips_are_no_stream():
    cards = [a.default_card(["a"], **a.small) for a in ZOO.values()]

    assert [card.name for card in cards if not card.paper.startswith("https://")] == []
    assert [card.name for card in cards if bool(card.why_clips)] == [
        card.name for card in cards if card.temporal_mode in ("clip", "multirate")
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_size": (30, 30)}, "takes multiples of"),
        ({"width": -1}, "options are not accepted: width"),
        ({"num_frames": -1}, "takes multiples of"),
    ],
)
def test_what_the_network_does_not_take_is_refused(changes, message):
    for architecture in ZOO.values():
        with pytest.raises(ConfigError, match=message):
            architecture.default_card(["a", "b"], **(architecture.small | changes))


def test_it_is_compared_with_a_network_that_sees_single_frames():
    for architecture in ZOO.values():
        baseline = ZOO[architecture.baseline]
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
