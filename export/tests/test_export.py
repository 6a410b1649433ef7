import hashlib

import numpy as np
import onnx
import pytest
import torch
from edgevid_export import export
from edgevid_export.bundle import export_bundle, write_onnx
from edgevid_export.parity import NUM_FRAMES, check_parity
from edgevid_zoo.calibration import calibrate_batch_norm, golden_clip
from edgevid_zoo.families.single_frame import SingleFrameResNet18
from edgevid_zoo.families.tsm import TsmMobileNetV2, TsmResNet50
from torch import nn

from edgevid import (
    BackendUnavailableError,
    Bundle,
    ConfigError,
    ExportError,
    Frame,
    ModelContext,
    OnnxRuntimeBackend,
    ParityError,
    WeightsError,
    load_plugins,
    read_card,
)
from edgevid.backends import Rejected, check_golden, open_each
from edgevid.config import BackendConfig, ModelConfig
from edgevid.pipeline import build_model
from edgevid.testing import check_model

SIZE = (64, 64)
ARCHITECTURE = TsmMobileNetV2()
FEW_LAYERS = TsmResNet50()
"""Traced in a third of the time; two of its states have the same shape."""


def few_layers_card(names):
    return FEW_LAYERS.default_card(names, input_size=SIZE, width=0.25, blocks=(1, 3, 1, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, export_once):
    out = tmp_path_factory.mktemp("export")
    card = ARCHITECTURE.default_card(["safe", "phone", "drink"], input_size=SIZE, background="safe")
    export_once(ARCHITECTURE, card, out / "m.onnx")
    return out


@pytest.mark.slow
def test_a_bundle_is_one_file_with_a_card_and_its_weights(folder):
    card = read_card(folder / "m.onnx")

    assert sorted(p.name for p in folder.iterdir()) == ["m.onnx", "m.safetensors"]
    assert card.sha256 == hashlib.sha256((folder / "m.safetensors").read_bytes()).hexdigest()
    assert card.class_names == ("safe", "phone", "drink")
    assert len(card.state_tensors) == 10
    assert card.warmup_seconds == pytest.approx(1.0)
    assert len(card.golden.logits) == card.golden.num_frames == NUM_FRAMES >= 48
    assert 0 < card.golden.reset_at < NUM_FRAMES


@pytest.mark.slow
def test_the_graph_is_plain_and_its_batch_dynamic(folder):
    graph = onnx.load(folder / "m.onnx").graph
    shapes = {i.name: [d.dim_param or d.dim_value for d in i.type.tensor_type.shape.dim]
              for i in graph.input}  # fmt: skip

    assert not {n.op_type for n in graph.node} & {"ScatterND", "Loop", "If", "Scan"}
    assert isinstance(shapes["frames"][0], str)
    assert shapes["frames"][1:] == [64, 64, 3]
    assert [o.name for o in graph.output][:2] == ["logits", "cam"]


def open_with(folder, name, plugins=None, **backend):
    plugins = plugins or load_plugins()
    choice = BackendConfig(name=name, **backend)
    return build_model(plugins, ModelConfig(name=str(folder / "m.onnx")), choice)


@pytest.mark.slow
def test_a_network_without_memory_is_exported_too(tmp_path, export_once):
    architecture = SingleFrameResNet18()
    card = architecture.default_card(["a", "b"], **architecture.small)
    parity = export_once(architecture, card, tmp_path / "m.onnx")

    assert read_card(tmp_path / "m.onnx").temporal_mode == "frame"
    assert parity.largest <= 1e-4


BACKENDS = ["onnxruntime", "openvino", "torch"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_passes_the_conformance_check(folder, backend):
    with open_with(folder, backend).model as model:
        assert model.runs_on["backend"] == backend
        check_model(model)


@pytest.mark.slow
def test_every_backend_gives_the_same_scores_and_saliency(folder):
    frames = [
        Frame(f, i, i / 10, 0.0, "s") for i, f in enumerate(golden_clip(14, 48, 80)[0].numpy())
    ]
    found = {}
    for name in BACKENDS:
        with open_with(folder, name).model as model:
            state = model.open()
            found[name] = [model.step([frame], [state])[0] for frame in frames]
    for name in ("onnxruntime", "openvino"):
        for one, other in zip(found[name], found["torch"], strict=True):
            assert one.scores == pytest.approx(other.scores, abs=1e-5)
            assert one.saliency == pytest.approx(other.saliency, abs=1e-3)
            assert one.saliency.shape == (2, 2)


@pytest.mark.slow
def test_every_backend_repeats_the_parity_check(folder):
    card = read_card(folder / "m.onnx")
    plugins = load_plugins()
    context = ModelContext(open_architecture=lambda name: plugins.architectures[name]())
    found = {}
    for candidate in open_each(folder / "m.onnx", card, plugins.backends, context):
        if isinstance(candidate, Rejected):
            assert (candidate.device, bool(candidate.reason)) != ("cpu", True)
        else:
            found[candidate.name, candidate.report["device"]] = check_golden(candidate, card)

    assert {(name, "cpu") for name in BACKENDS} <= set(found)
    assert max(found.values()) <= 1e-4


@pytest.mark.slow
def test_the_gate_compares_every_provider_that_is_there_and_names_the_others(tmp_path):
    backends = load_plugins().backends
    parity = export_bundle(
        FEW_LAYERS,
        few_layers_card(["a", "b"]),
        tmp_path / "m.onnx",
        checkpoint=None,
        backends=backends,
    )

    assert {"PyTorch stream: logits", "ONNX Runtime CPU: cam", "openvino CPU: logits"} <= set(
        parity.differences
    )
    assert 0 < parity.largest <= 1e-4
    assert "torch on cpu" not in parity.absent
    assert (
        torch.cuda.is_available() or "CUDAExecutionProvider" in parity.absent["onnxruntime on cuda"]
    )


@pytest.mark.slow
def test_auto_says_what_it_passed_over(folder):
    built = open_with(folder, "auto")
    built.model.close()

    devices = [(r.backend, r.device) for r in built.rejected]
    if built.model.runs_on["provider"] == "CPUExecutionProvider":
        assert devices == [("onnxruntime", "cuda")]
        assert "CUDAExecutionProvider" in built.rejected[0].reason
    else:
        assert devices == []


@pytest.mark.slow
def test_require_cuda_never_falls_back(folder):
    if torch.cuda.is_available():
        with open_with(folder, "torch", require="cuda").model as model:
            assert "cuda" in model.runs_on["provider"]
        return
    with pytest.raises(BackendUnavailableError, match="require: cuda cannot be met") as caught:
        open_with(folder, "auto", require="cuda")
    assert "onnxruntime on cuda" in str(caught.value)
    assert "torch on cuda" in str(caught.value)


class Broken(nn.Module):
    """A module in bundle form with one mistake in the forward pass of a single frame."""

    def __init__(self, inner, mistake):
        super().__init__()
        self.inner = inner
        self.network = inner.network
        self.mistake = mistake

    def forward(self, frames, *states):
        if self.mistake == "colours swapped":
            frames = frames.flip(-1)
        if self.mistake == "wrong mean":
            frames = (frames.float() + 8).clamp(max=255).to(torch.uint8)
        if self.mistake == "state not used":
            states = [torch.zeros_like(s) for s in states]
        logits, cam, *following = self.inner(frames, *states)
        if self.mistake == "state not carried":
            following = [s * 1.0 for s in states]
        if self.mistake == "states in the wrong order":
            following[2], following[3] = following[3], following[2]
        if self.mistake == "wrong cam":
            cam = cam.flip(-1)
        return (logits, cam, *following)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mistake", "output"),
    [
        ("state not carried", "logits"),
        *(
            pytest.param(*mistake, marks=pytest.mark.slow)
            for mistake in (
                ("colours swapped", "logits"),
                ("wrong mean", "logits"),
                ("state not used", "logits"),
                ("states in the wrong order", "logits"),
                ("wrong cam", "cam"),
            )
        ),
    ],
)
def test_a_broken_export_does_not_pass_the_parity_check(tmp_path, mistake, output):
    card = few_layers_card(["a", "b", "c"])
    torch.manual_seed(0)
    module = FEW_LAYERS.build(card)
    clip = golden_clip(NUM_FRAMES, *SIZE)
    calibrate_batch_norm(module, clip)
    write_onnx(Broken(module, mistake).eval(), card, tmp_path / "m.onnx")

    with pytest.raises(ParityError, match=rf"ONNX Runtime CPU: {output} differs .* at frame \d+"):
        check_parity(module, card, tmp_path / "m.onnx", clip)


@pytest.mark.slow
def test_a_network_trained_with_the_wrong_direction_is_caught(tmp_path, monkeypatch):
    """The clip form that looks into the future is not what the stream computes."""
    from edgevid_zoo.families import tsm

    right = tsm.shift_clip
    monkeypatch.setattr(tsm, "shift_clip", lambda x, fold, _: right(x, fold, "future"))
    with pytest.raises(ParityError, match="PyTorch stream: logits differs"):
        export_bundle(FEW_LAYERS, few_layers_card(["a", "b"]), tmp_path / "m.onnx", checkpoint=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ConfigError, "give --weights FILE or --random-init"),
        ({"random_init": True}, ConfigError, "either --class-names or --num-classes"),
        ({"random_init": True, "class_names": "a,a"}, ConfigError, "differ from each other"),
        ({"random_init": True, "num_classes": 2, "input_size": "big"}, ConfigError, "HEIGHTxWIDTH"),
        ({"random_init": True, "num_classes": 2, "input_size": "50x50"}, ConfigError, "of 16"),
        ({"checkpoint": "none.pth", "num_classes": 2}, WeightsError, "no such checkpoint"),
        ({"random_init": True, "num_classes": 2, "source": "nope"}, LookupError, "unknown"),
        ({"source": "default", "input_size": None}, LookupError, "default model is called driver"),
        (
            {"checkpoint": "x.pth", "num_classes": 2, "license_": None},
            ConfigError,
            "--license miss",
        ),
        (
            {"checkpoint": "x.pth", "num_classes": 2, "origin": None, "training_data": ""},
            ConfigError,
            "--origin, --training-data missing: a bundle records the license",
        ),
    ],
)
def test_what_cannot_be_exported_is_said_before_anything_is_written(
    tmp_path, arguments, error, message
):
    from pathlib import Path

    fields = {"source": "tsm_mobilenet_v2", "output": tmp_path / "out" / "m.onnx",
              "checkpoint": None, "random_init": False, "class_names": None, "num_classes": None,
              "background": None, "input_size": "64x64", "rate_hz": None, "width": None,
              "name": None, "license_": "MIT", "origin": "here", "training_data": "none",
              "force": False}  # fmt: skip
    fields |= arguments
    if fields["checkpoint"]:
        fields["checkpoint"] = Path(fields["checkpoint"])
    with pytest.raises(error, match=message):
        export(**fields)
    assert not list(tmp_path.rglob("*.onnx"))


@pytest.mark.slow
def test_a_bundle_is_not_written_anew_without_its_provenance(tmp_path, export_once):
    """The card says nothing of licence and origin."""
    bundle = tmp_path / "m.onnx"
    export_once(FEW_LAYERS, few_layers_card(["a", "b"]), bundle)
    with pytest.raises(ConfigError, match="--license, --origin, --training-data missing"):
        export(str(bundle), tmp_path / "again.onnx")
    export(
        str(bundle), tmp_path / "again.onnx",
        license_="MIT", origin="a test", training_data="none",
    )  # fmt: skip

    assert read_card(tmp_path / "again.onnx").license == "MIT"
    assert read_card(tmp_path / "again.onnx").sha256 == read_card(bundle).sha256


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "options", "error", "message"),
    [
        (lambda f: None, {"input_size": "32x32"}, ConfigError, "brings its own weights, names"),
        (lambda f: None, {"name": "x"}, ConfigError, "leave those options out"),
        (lambda f: (f / "m.safetensors").unlink(), {}, ExportError, "m.safetensors are missing"),
        (
            lambda f: (f / "m.safetensors").write_bytes(b"other"), {},
            ExportError, "holds other weights than m.onnx: its sha256",
        ),
    ],
)  # fmt: skip
def test_a_bundle_is_written_anew_from_its_own_weights_and_as_it_is(
    tmp_path, folder, spoil, options, error, message
):
    for name in ("m.onnx", "m.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    spoil(tmp_path)
    with pytest.raises(error, match=message):
        export(str(tmp_path / "m.onnx"), tmp_path / "o" / "n.onnx", license_="MIT", **options)
    assert not (tmp_path / "o").exists()


def test_a_checkpoint_is_never_overwritten_by_the_weights(tmp_path):
    with pytest.raises(ConfigError, match="its PyTorch weights would overwrite"):
        export(
            "tsm_mobilenet_v2", tmp_path / "best.onnx", num_classes=2,
            checkpoint=tmp_path / "best.safetensors",
        )  # fmt: skip


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="cannot be written: "):
        export("tsm_mobilenet_v2", tmp_path / "file" / "m.onnx", random_init=True, num_classes=2)


@pytest.mark.slow
def test_an_existing_bundle_is_only_overwritten_by_force(folder):
    with pytest.raises(ExportError, match="add --force"):
        export("tsm_mobilenet_v2", folder / "m.onnx", random_init=True, num_classes=2, force=False)


@pytest.mark.slow
def test_the_parity_check_sees_batches_of_streams(folder):
    card = read_card(folder / "m.onnx")
    backend = OnnxRuntimeBackend(
        OnnxRuntimeBackend.Options(threads=1), Bundle(folder / "m.onnx", card)
    )
    frames = golden_clip(3, *SIZE)[0].numpy()
    together, _ = backend.run({"frames": frames}, [None] * 3)
    alone = [backend.run({"frames": f[None]}, [None])[0]["logits"][0] for f in frames]

    assert np.abs(together["logits"] - np.stack(alone)).max() < 1e-4
