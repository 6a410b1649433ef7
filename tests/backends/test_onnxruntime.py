import onnxruntime
import pytest

from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.errors import BackendUnavailableError

from ..tiny_bundles import card_for, write_bundle


@pytest.mark.parametrize(
    ("device", "provider"),
    [("cuda", "CUDAExecutionProvider"), ("tensorrt", "TensorrtExecutionProvider")],
)
def test_a_device_that_is_not_there_is_an_error_and_never_the_cpu(tmp_path, device, provider):
    card = card_for("frame")
    path = write_bundle(tmp_path / "m.onnx", card)
    options = OnnxRuntimeBackend.Options(device=device)

    if provider in onnxruntime.get_available_providers():
        assert OnnxRuntimeBackend(path, card, options).provider == provider
        return
    with pytest.raises(BackendUnavailableError, match=f"built without {provider}"):
        OnnxRuntimeBackend(path, card, options)
