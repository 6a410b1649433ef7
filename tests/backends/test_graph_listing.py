from collections import Counter

import onnx
import pytest

from edgevid.backends.graph_listing import list_graph
from edgevid.default_plugins.models.driver import default_bundle
from edgevid.errors import BundleError

from ..tiny_bundles import card_for, write_bundle


def shapes(ports):
    found = {}
    for port in ports:
        tensor = port.type.tensor_type
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name
        sides = ", ".join(d.dim_param or str(d.dim_value) for d in tensor.shape.dim)
        found[port.name] = f"{kind} ({sides})"
    return found


@pytest.mark.parametrize("mode", ["frame", "stream", "clip", "multirate", "driver"])
def test_it_lists_what_the_onnx_library_reads(tmp_path, mode):
    path = default_bundle() if mode == "driver" else None
    path = path or write_bundle(tmp_path / "m.onnx", card_for(mode))
    model, found = onnx.load(path), list_graph(path)

    numbers = Counter()
    for tensor in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).name
        numbers[kind] += onnx.numpy_helper.to_array(tensor).size
    assert found.inputs == shapes(model.graph.input)
    assert found.outputs == shapes(model.graph.output)
    assert found.operators == Counter(node.op_type for node in model.graph.node)
    assert found.weights == numbers
    assert found.opsets == {o.domain or "ai.onnx": o.version for o in model.opset_import}
    assert found.file_bytes == path.stat().st_size


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_off_file_is_refused(tmp_path, share):
    path = tmp_path / "m.onnx"
    whole = default_bundle().read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(BundleError, match="cut off"):
        list_graph(path)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(BundleError, match="cannot be read: No such file"):
        list_graph(tmp_path / "m.onnx")
