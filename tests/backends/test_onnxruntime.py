import numpy as np
import pytest

from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.errors import BackendUnavailableError, BundleError, InferenceError

from ..tiny_bundles import SIZE, card_for, write_bundle


@pytest.fixture
def open_tiny(tmp_path):
    def open_one(mode, **options):
        card = card_for(mode)
        path = write_bundle(tmp_path / f"{mode}.onnx", card)
        return OnnxRuntimeBackend(path, card, OnnxRuntimeBackend.Options(**options))

    return open_one


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


def test_state_is_carried_from_frame_to_frame(open_tiny):
    found, _ = stream(open_tiny("stream"), [255, 0, 0, 255])

    assert found == pytest.approx([1.0, 0.5, 0.25, 1.125])


def test_a_missing_memory_starts_from_zeros(open_tiny):
    backend = open_tiny("stream")
    stream(backend, [255, 255])

    assert stream(backend, [0])[0] == [0.0]


def test_streams_in_one_batch_do_not_mix(open_tiny):
    backend = open_tiny("stream")
    one, _ = stream(backend, [255, 0, 0])
    memories = [None, None]
    for colours in [(255, 0), (0, 255), (0, 0)]:
        outputs, memories = backend.run({"frames": plain(*colours)}, memories)

    assert outputs["logits"][0, 0] == pytest.approx(one[-1])
    assert outputs["logits"][1, 0] == pytest.approx(0.5)


def test_streams_may_come_and_go_between_calls(open_tiny):
    backend = open_tiny("stream")
    _, (a, b) = backend.run({"frames": plain(255, 0)}, [None, None])
    outputs, [b] = backend.run({"frames": plain(255)}, [b])
    assert outputs["logits"][0, 0] == pytest.approx(1.0)
    outputs, _ = backend.run({"frames": plain(0, 0, 0)}, [b, None, a])

    assert outputs["logits"][:, 0] == pytest.approx([0.5, 0.0, 0.5])


def test_a_memory_that_was_overwritten_is_refused(open_tiny):
    backend = open_tiny("stream")
    _, [first] = backend.run({"frames": plain(255)}, [None])
    backend.run({"frames": plain(0)}, [first])

    with pytest.raises(ValueError, match="used before"):
        backend.run({"frames": plain(0)}, [first])


def test_what_runs_is_what_is_reported(open_tiny):
    backend = open_tiny("frame", threads=1)

    assert backend.provider == "CPUExecutionProvider"
    assert backend.report["threads"] == 1


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_there_is_an_error_and_never_the_cpu(open_tiny, device):
    import onnxruntime

    wanted = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}[device]
    if wanted in onnxruntime.get_available_providers():
        assert open_tiny("frame", device=device).provider == wanted
        return
    with pytest.raises(BackendUnavailableError, match=f"built without {wanted}"):
        open_tiny("frame", device=device)


def test_a_graph_that_does_not_fit_its_card_is_refused(tmp_path):
    path = write_bundle(tmp_path / "m.onnx", card_for("frame"))

    with pytest.raises(BundleError, match="graph inputs"):
        OnnxRuntimeBackend(path, card_for("stream"), OnnxRuntimeBackend.Options())


def test_a_damaged_graph_is_refused(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x08\x08\x12\x02hi")

    with pytest.raises(BundleError, match="ONNX Runtime refuses"):
        OnnxRuntimeBackend(path, card_for("frame"), OnnxRuntimeBackend.Options())


def test_wrong_input_is_an_inference_error(open_tiny):
    with pytest.raises(InferenceError, match="tiny_frame"):
        open_tiny("frame").run({"frames": np.zeros((1, 9, 9, 3), np.uint8)}, [None])
