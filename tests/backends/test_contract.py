"""What every backend must do, in every temporal mode."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from edgevid.backends.model import BackendModel
from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.backends.openvino import OpenVinoBackend
from edgevid.backends.torch import TorchBackend
from edgevid.card import CARD_KEY
from edgevid.errors import BundleError, InferenceError
from edgevid.interfaces import Bundle, Options
from edgevid.plugins import load_plugins
from edgevid.testing import check_backend, check_model

from ..tiny_bundles import SIZE, card_for, graph_for, write_bundle
from ..tiny_networks import tiny_network

MODES = ["frame", "stream", "clip", "multirate"]


class FixedBuffersBackend(OnnxRuntimeBackend):
    """ONNX Runtime as CUDA graphs need it, on whatever device is there."""

    class Options(OnnxRuntimeBackend.Options):
        cuda_graph: bool = True


BUNDLE_BACKENDS = [OnnxRuntimeBackend, FixedBuffersBackend, OpenVinoBackend]
EVERY_BACKEND = [*BUNDLE_BACKENDS, TorchBackend]


def test_no_backend_of_the_core_is_left_out():
    core = set(load_plugins(discover=False).backends.values())

    assert core == set(EVERY_BACKEND) - {FixedBuffersBackend}


@pytest.fixture
def open_tiny(tmp_path):
    opened = []

    def open_one(cls, mode, *, card=None, **options):
        card = card or card_for(mode)
        if cls is TorchBackend:
            opened.append(cls.around(cls.Options(**options), card, tiny_network(card)))
        else:
            path = write_bundle(tmp_path / f"{len(opened)}.onnx", card)
            opened.append(cls(cls.Options(**options), Bundle(path, card)))
        return opened[-1]

    yield open_one
    for backend in opened:
        backend.close()


def plain(*colours):
    """A batch of one-coloured frames."""
    return np.stack([np.full((*SIZE, 3), c, np.uint8) for c in colours])


def stream(backend, colours, memory=None):
    """Logits of one stream, frame by frame."""
    found = []
    for colour in colours:
        outputs, [memory] = backend.run({"frames": plain(colour)}, [memory])
        found.append(float(outputs["logits"][0, 0]))
    return found, memory


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_a_model_on_it_keeps_to_the_contract(open_tiny, cls, mode):
    card = card_for(mode, has_cam=mode == "stream")
    backend = open_tiny(cls, mode, card=card)

    with BackendModel(Options(), None, card, lambda failed: backend) as model:
        check_model(model)
        assert model.runs_on["backend"] == cls.name


@pytest.mark.parametrize("mode", ["frame", "stream"])
@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_it_passes_the_check_that_authors_of_plugins_have(open_tiny, cls, mode):
    card = card_for(mode)

    check_backend(open_tiny(cls, mode, card=card), card)


class Wrong(TorchBackend):
    """PyTorch with one mistake."""

    mistake = ""

    def run(self, inputs, memories):
        if self.mistake == "forgets":
            memories = [None] * len(memories)
        if self.mistake == "mixes":
            memories = memories[::-1]
        if self.mistake == "goes by row":
            # The same streams in another order: the states stay where they were.
            last = getattr(self, "last", [])
            memories = last if {*map(id, last)} == {*map(id, memories)} else memories
        outputs, following = super().run(inputs, memories)
        self.last = following
        if self.mistake == "reuses":
            count = len(outputs["logits"])
            self.reused = getattr(self, "reused", np.zeros((4, 3), np.float32))
            self.reused[:count] = outputs["logits"]
            outputs["logits"] = self.reused[:count]
        return outputs, following

    def remember(self, states):
        return [None] if self.mistake == "takes nothing" else super().remember(states)


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        ("forgets", "state must be carried to its next frame"),
        ("mixes", "must not depend on the others|has its own state"),
        ("goes by row", "must keep its state when the order of the batch changes"),
        ("reuses", "must not change handed-out outputs"),
        ("takes nothing", "remember must accept what states returned"),
    ],
)
def test_the_check_names_the_rule_that_is_broken(mistake, rule):
    card = card_for("stream")
    backend = Wrong.around(Wrong.Options(), card, tiny_network(card))
    backend.mistake = mistake

    with pytest.raises(AssertionError, match=rule):
        check_backend(backend, card)


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_state_is_carried_from_frame_to_frame(open_tiny, cls):
    found, _ = stream(open_tiny(cls, "stream"), [255, 0, 0, 255])

    assert found == pytest.approx([1.0, 0.5, 0.25, 1.125])


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_a_missing_memory_starts_from_zeros(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    stream(backend, [255, 255])

    assert stream(backend, [0])[0] == [0.0]


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_streams_in_one_batch_do_not_mix(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    one, _ = stream(backend, [255, 0, 0])
    memories = [None, None]
    for colours in [(255, 0), (0, 255), (0, 0)]:
        outputs, memories = backend.run({"frames": plain(*colours)}, memories)

    assert outputs["logits"][0, 0] == pytest.approx(one[-1])
    assert outputs["logits"][1, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_streams_may_change_places_in_the_batch(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    _, (a, b) = backend.run({"frames": plain(255, 0)}, [None, None])
    swapped, (b, a) = backend.run({"frames": plain(0, 0)}, [b, a])
    back, _ = backend.run({"frames": plain(0, 255)}, [a, b])

    assert swapped["logits"][:, 0] == pytest.approx([0.0, 0.5])
    assert back["logits"][:, 0] == pytest.approx([0.25, 1.0])


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_streams_may_come_and_go_between_calls(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    _, (a, b) = backend.run({"frames": plain(255, 0)}, [None, None])
    outputs, [b] = backend.run({"frames": plain(255)}, [b])
    assert outputs["logits"][0, 0] == pytest.approx(1.0)
    outputs, _ = backend.run({"frames": plain(0, 0, 0)}, [b, None, a])

    assert outputs["logits"][:, 0] == pytest.approx([0.5, 0.0, 0.5])


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_outputs_stay_as_they_were_handed_out(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    first, memories = backend.run({"frames": plain(255)}, [None])
    backend.run({"frames": plain(0)}, memories)

    assert first["logits"][0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_a_memory_that_was_overwritten_is_refused(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    _, [first] = backend.run({"frames": plain(255)}, [None])
    backend.run({"frames": plain(0)}, [first])

    with pytest.raises(ValueError, match="used before"):
        backend.run({"frames": plain(0)}, [first])


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_what_runs_is_what_is_reported(open_tiny, cls):
    backend = open_tiny(cls, "frame", threads=1)

    assert "cpu" in backend.provider.lower()
    assert backend.report["device"] == "cpu"
    assert backend.report["threads"] == 1
    assert backend.report["version"]


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_a_graph_that_does_not_fit_its_card_is_refused(tmp_path, cls):
    path = write_bundle(tmp_path / "m.onnx", card_for("frame"))

    with pytest.raises(BundleError, match="graph inputs"):
        cls(cls.Options(), Bundle(path, card_for("stream")))


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_a_graph_whose_shapes_cannot_be_is_an_error_of_the_bundle_or_of_the_run(tmp_path, cls):
    """OpenVINO finds out when it compiles, ONNX Runtime when it runs."""
    card = card_for("frame", has_cam=True)
    model = graph_for(card)
    for tensor in model.graph.initializer:
        if tensor.name == "cam_shape":
            tensor.CopyFrom(numpy_helper.from_array(np.array([7, 5, 1, 1], np.int64), tensor.name))
    del model.graph.value_info[:]
    helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.save(model, tmp_path / "m.onnx")

    with pytest.raises((BundleError, InferenceError)):
        cls(cls.Options(), Bundle(tmp_path / "m.onnx", card)).run({"frames": plain(1)}, [None])


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_a_damaged_graph_is_refused(tmp_path, cls):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x08\x08\x12\x02hi")

    with pytest.raises(BundleError, match="refuses it"):
        cls(cls.Options(), Bundle(path, card_for("frame")))


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_a_file_that_has_gone_is_an_error_of_the_bundle(tmp_path, cls):
    with pytest.raises(BundleError, match="cannot be read: No such file"):
        cls(cls.Options(), Bundle(tmp_path / "m.onnx", card_for("frame")))


@pytest.mark.parametrize("cls", BUNDLE_BACKENDS)
def test_wrong_input_is_an_inference_error(open_tiny, cls):
    with pytest.raises(InferenceError, match="tiny_frame"):
        open_tiny(cls, "frame").run({"frames": np.zeros((1, 9, 9, 3), np.uint8)}, [None])


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_states_can_be_read_as_they_were_before_and_after_a_step(open_tiny, cls):
    backend = open_tiny(cls, "stream")
    _, memories = backend.run({"frames": plain(255, 0)}, [None, None])
    _, memories = backend.run({"frames": plain(0, 255)}, memories)

    assert backend.states(memories, before=True)["last"][:, 0] == pytest.approx([1.0, 0.0])
    assert backend.states(memories)["last"][:, 0] == pytest.approx([0.5, 1.0])
    assert backend.states([None])["last"].tolist() == [[0.0] * 3]


@pytest.mark.parametrize("cls", EVERY_BACKEND)
def test_states_can_be_handed_to_another_backend(open_tiny, cls):
    one = open_tiny(cls, "stream")
    _, memories = one.run({"frames": plain(255)}, [None])
    taken, fresh = one.states(memories), one.states([None])

    for other in [open_tiny(other, "stream") for other in EVERY_BACKEND]:
        for states, expected in ((taken, 0.5), (fresh, 0.0)):
            outputs, _ = other.run({"frames": plain(0)}, other.remember(states))
            assert outputs["logits"][0, 0] == pytest.approx(expected)
