import sys

import pytest

from edgevid import Architecture, Card, Counts, hookimpl, load_plugins
from edgevid.card import Pathway, StateTensor
from edgevid.errors import BundleError, UnknownPluginError
from edgevid.model_facts import list_facts, memory_bytes, memory_frames


def card(mode="stream", classes=("a",), **fields):
    return Card(
        name="m", class_names=tuple(classes), temporal_mode=mode,
        **{"input_rate_hz": 10, "input_size": (20, 30)} | fields,
    )  # fmt: skip


class Silent(Architecture):
    """Does not say how large it is."""

    def default_card(self, class_names, **options):
        return card(classes=class_names)

    def build(self, card):
        raise AssertionError("listing must not build it")


class Counted(Silent):
    """Says it."""

    def counts(self, card):
        return Counts(parameters=7 + len(card.class_names), macs=2_000_000)


class Broken(Silent):
    """Has a mistake."""

    def counts(self, card):
        return 1 / 0


class Torchless(Silent):
    """Needs what is not there."""

    def default_card(self, class_names, **options):
        import no_such_module  # noqa: F401


@hookimpl
def register_architectures(register):
    for cls in (Silent, Counted, Broken, Torchless):
        register(cls.__name__.lower(), cls)
    register("missing", "no_such_module:Missing")


PLUGINS = load_plugins([sys.modules[__name__]], discover=False)


def rows(*names, **options):
    return {row.name: row for row in list_facts(PLUGINS, names, **options)}


@pytest.mark.parametrize(
    ("name", "mode", "parameters", "reason"),
    [
        ("counted", "stream", 12, None),
        ("silent", "stream", None, None),
        ("broken", None, None, "cannot be counted: ZeroDivisionError: division by zero"),
        ("torchless", None, None, "No module named 'no_such_module'"),
        (
            "missing",
            None,
            None,
            f"architecture 'missing' of {__name__} cannot be imported from "
            "no_such_module:Missing: No module named 'no_such_module'",
        ),
    ],
)
def test_what_an_architecture_does_not_tell_stays_empty_and_stops_no_other(
    name, mode, parameters, reason
):
    row = rows(num_classes=5)[name]

    assert (row.temporal_mode, row.parameters, row.unavailable) == (mode, parameters, reason)
    assert (row.kind, row.plugin) == ("architecture", __name__)


def test_without_counts_no_architecture_is_looked_into():
    found = rows(counted=False)

    assert found["broken"].unavailable is None
    assert found["counted"].parameters is None
    assert {"driver", "roi_activity"} <= set(found)


def test_the_default_model_is_described_by_its_own_card():
    row = rows("driver", num_classes=5)["driver"]

    assert (row.temporal_mode, row.num_classes, row.memory_frames) == ("stream", 11, 10)
    assert (row.parameters, row.macs) == (None, None)


def test_only_what_is_named_is_listed_and_progress_is_told():
    told = []
    found = rows("counted", "driver", on_step=lambda *step: told.append(step))

    assert set(found) == {"counted", "driver"}
    assert told == [("counted", 0, 2), ("driver", 1, 2)]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("coutned", UnknownPluginError, "unknown model or architecture 'coutned'; did you mean"),
        ("tsm_mobilenet_v2", UnknownPluginError, "pip install edgevid-zoo"),
        ("missing.onnx", BundleError, "missing.onnx: does not exist"),
    ],
)
def test_what_is_not_there_is_refused(name, error, message):
    with pytest.raises(error, match=message):
        list_facts(PLUGINS, [name])


PATHS = (
    Pathway(name="slow", num_frames=4, rate_hz=1), Pathway(name="fast", num_frames=8, rate_hz=5),
)  # fmt: skip
STATES = (
    StateTensor(name="a", shape=(2, 3)), StateTensor(name="b", shape=(4,), dtype="float16"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("of", "frames", "kept"),
    [
        (card("frame"), 0, 0),
        (card("clip", num_frames=8), 7, 8 * 20 * 30 * 3),
        (card("clip", num_frames=8, input_size=None), 7, None),
        (card("stream", state_tensors=STATES, memory_frames=5), 5, 2 * 3 * 4 + 4 * 2),
        (card("stream", state_tensors=STATES), None, 2 * 3 * 4 + 4 * 2),
        (card("multirate", pathways=PATHS), 30, 31 * 20 * 30 * 3),
    ],
    ids=lambda value: getattr(value, "temporal_mode", None),
)
def test_memory_is_what_the_mode_keeps(of, frames, kept):
    assert (memory_frames(of), memory_bytes(of)) == (frames, kept)
