import numpy as np
import onnxruntime
import pytest

from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.errors import BackendUnavailableError
from edgevid.interfaces import Bundle

from ..tiny_bundles import SIZE, card_for, write_bundle


@pytest.mark.parametrize(
    ("device", "provider"),
    [("cuda", "CUDAExecutionProvider"), ("tensorrt", "TensorrtExecutionProvider")],
)
def test_a_device_that_is_not_there_is_an_error_and_never_the_cpu(tmp_path, device, provider):
    card = card_for("frame")
    path = write_bundle(tmp_path / "m.onnx", card)
    options = OnnxRuntimeBackend.Options(device=device)

    if provider in onnxruntime.get_available_providers():
        assert OnnxRuntimeBackend(options, Bundle(path, card)).provider == provider
        return
    with pytest.raises(BackendUnavailableError, match=f"built without {provider}"):
        OnnxRuntimeBackend(options, Bundle(path, card))


def test_resets_take_the_fixed_buffers_again_and_give_the_same_scores(tmp_path):
    card = card_for("stream")
    path = write_bundle(tmp_path / "m.onnx", card)
    fixed = OnnxRuntimeBackend(OnnxRuntimeBackend.Options(cuda_graph=True), Bundle(path, card))
    plain = OnnxRuntimeBackend(OnnxRuntimeBackend.Options(), Bundle(path, card))
    recorded = []

    for seed in range(4):
        rng = np.random.default_rng(seed)
        ours, theirs = [None], [None]
        for _ in range(5):
            frames = rng.integers(0, 256, (1, *SIZE, 3), np.uint8)
            outputs, ours = fixed.run({"frames": frames}, ours)
            expected, theirs = plain.run({"frames": frames}, theirs)
            assert outputs["logits"].tolist() == expected["logits"].tolist()
        recorded.append(fixed.num_recordings)

    assert recorded == [2, 2, 2, 2]  # one for each order of the two sets of state buffers


def test_buffers_in_use_are_not_given_to_another_stream(tmp_path):
    card = card_for("stream")
    path = write_bundle(tmp_path / "m.onnx", card)
    backend = OnnxRuntimeBackend(OnnxRuntimeBackend.Options(cuda_graph=True), Bundle(path, card))
    white, black = (np.full((1, *SIZE, 3), c, np.uint8) for c in (255, 0))

    _, one = backend.run({"frames": white}, [None])
    _, two = backend.run({"frames": black}, [None])
    outputs, one = backend.run({"frames": black}, one)

    assert outputs["logits"][0, 0] == pytest.approx(0.5)
    assert backend.run({"frames": black}, two)[0]["logits"][0, 0] == 0.0
