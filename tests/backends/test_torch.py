import pytest

from edgevid.backends.select import AUTO_ORDER, candidates, open_backend
from edgevid.backends.torch import TorchBackend
from edgevid.config import BackendConfig
from edgevid.errors import BackendUnavailableError, BundleError, ConfigError, WeightsError
from edgevid.interfaces import Bundle, ModelContext
from edgevid.plugins import load_plugins
from tests.tiny_bundles import card_for, write_bundle

BACKENDS = load_plugins(discover=False).backends


def context():
    plugins = load_plugins()
    return ModelContext(open_architecture=lambda name: plugins.architectures[name]())


def tsm_card():
    return (
        load_plugins()
        .architectures["tsm_mobilenet_v2"]()
        .default_card(["a", "b"], input_size=(32, 32))
    )


@pytest.mark.parametrize(
    ("card", "twin", "error", "message"),
    [
        (lambda: card_for("frame"), None, BackendUnavailableError, "names no PyTorch architecture"),
        (tsm_card, None, BackendUnavailableError, "checkpoint .* does not exist"),
        (tsm_card, b"rubbish", WeightsError, "not a readable safetensors file"),
        (
            lambda: card_for("frame", architecture="nope"), b"x",
            BackendUnavailableError, "unknown architecture 'nope'",
        ),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_the_reason(tmp_path, card, twin, error, message):
    if twin is not None:
        (tmp_path / "m.safetensors").write_bytes(twin)

    with pytest.raises(error, match=message):
        TorchBackend(TorchBackend.Options(), Bundle(tmp_path / "m.onnx", card(), context()))


def test_weights_of_another_network_are_refused_by_key(tmp_path):
    import torch
    from safetensors.torch import save_file

    save_file({"something": torch.zeros(1)}, tmp_path / "m.safetensors")

    with pytest.raises(WeightsError, match=r"missing features\.0\.0\.weight.* more"):
        TorchBackend(TorchBackend.Options(), Bundle(tmp_path / "m.onnx", tsm_card(), context()))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (
            {},
            [("onnxruntime", "cuda"), ("onnxruntime", "cpu"), ("openvino", "cpu"),
             ("torch", "cuda"), ("torch", "cpu")],
        ),
        ({"require": "cuda"}, [("onnxruntime", "cuda"), ("torch", "cuda")]),
        ({"require": "tensorrt"}, [("onnxruntime", "tensorrt")]),
        ({"name": "onnxruntime"}, [("onnxruntime", "cuda"), ("onnxruntime", "cpu")]),
        ({"name": "onnxruntime", "require": "tensorrt"}, [("onnxruntime", "tensorrt")]),
        ({"name": "torch", "options": {"device": "cpu"}}, [("torch", "cpu")]),
    ],
)  # fmt: skip
def test_candidates_come_in_the_stated_order(choice, expected):
    assert candidates(BackendConfig(**choice), BACKENDS) == expected


def test_int8_goes_to_openvino_before_it_goes_to_the_slower_kernels():
    found = candidates(BackendConfig(), BACKENDS, "int8")

    assert found == [
        ("onnxruntime", "cuda"), ("openvino", "cpu"), ("onnxruntime", "cpu"),
        ("torch", "cuda"), ("torch", "cpu"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"name": "torch", "require": "tensorrt"}, "has no device 'tensorrt'"),
        ({"name": "onnxruntime", "options": {"device": "cpu"}, "require": "cuda"}, "no device"),
        ({"options": {"threads": 1}}, "name it in backend.name instead of auto"),
    ],
)
def test_a_choice_that_contradicts_itself_is_refused(choice, message):
    with pytest.raises(ConfigError, match=message):
        candidates(BackendConfig(**choice), BACKENDS)


def test_auto_ends_at_what_runs_and_keeps_the_reasons_of_the_rest(tmp_path):
    card = card_for("frame")
    path = write_bundle(tmp_path / "m.onnx", card)
    chosen = open_backend(path, card, BackendConfig(), BACKENDS)

    tried = [(r.backend, r.device) for r in chosen.rejected]
    assert tried == list(AUTO_ORDER[: len(tried)])
    assert all(r.reason for r in chosen.rejected)
    assert chosen.backend.name == "onnxruntime"


class Refusing(BACKENDS["onnxruntime"]):
    """Stands for a runtime that cannot load a graph which others run."""

    def __init__(self, options, bundle):
        raise BundleError(f"{bundle.path}: this runtime refuses it")


def test_a_runtime_that_refuses_the_graph_is_passed_over_where_another_one_runs_it(tmp_path):
    card = card_for("frame")
    path = write_bundle(tmp_path / "m.onnx", card)
    backends = {"onnxruntime": Refusing, "openvino": BACKENDS["openvino"]}
    chosen = open_backend(path, card, BackendConfig(), backends)

    assert chosen.backend.name == "openvino"
    assert chosen.rejected[-1].broken
    with pytest.raises(BundleError, match="this runtime refuses it"):
        open_backend(path, card, BackendConfig(), {"onnxruntime": Refusing})


def test_nothing_that_runs_lists_every_reason(tmp_path):
    card = card_for("frame")
    path = write_bundle(tmp_path / "m.onnx", card)
    import onnxruntime

    if "TensorrtExecutionProvider" in onnxruntime.get_available_providers():
        choice = BackendConfig(require="tensorrt")
        assert open_backend(path, card, choice, BACKENDS).backend.provider.startswith("Tensorrt")
        return
    with pytest.raises(BackendUnavailableError, match="require: tensorrt cannot be met"):
        open_backend(path, card, BackendConfig(require="tensorrt"), BACKENDS)
