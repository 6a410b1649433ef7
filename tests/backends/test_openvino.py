import openvino
import pytest

from edgevid.backends.openvino import OpenVinoBackend
from edgevid.errors import BackendUnavailableError
from edgevid.interfaces import Bundle

from ..tiny_bundles import card_for, write_bundle


def test_bfloat16_needs_a_processor_that_has_it(tmp_path):
    card = card_for("stream")
    path = write_bundle(tmp_path / "m.onnx", card)
    options = OpenVinoBackend.Options(precision="bfloat16")

    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        assert OpenVinoBackend(options, Bundle(path, card)).report["precision"] == "bfloat16"
        return
    with pytest.raises(BackendUnavailableError, match=r"no bfloat16 .* use precision float32"):
        OpenVinoBackend(options, Bundle(path, card))
