"""The companion that explains a bundle: forward and backward in one graph."""

import numpy as np
import onnx
import pytest
import torch
from edgevid_export import export
from edgevid_export.backward import TOP, explained, folded, traced
from edgevid_export.gradient import write_gradient
from edgevid_zoo.calibration import golden_clip
from edgevid_zoo.families.tsm import TsmMobileNetV2

from edgevid import (
    Bundle,
    BundleError,
    ConfigError,
    ExportError,
    Frame,
    ParityError,
    load_plugins,
    read_card,
)
from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.config import BackendConfig, ModelConfig, PluginConfig
from edgevid.pipeline import build_explainer, build_model

pytestmark = pytest.mark.slow

SIZE = (64, 64)
ARCHITECTURE = TsmMobileNetV2()
PLUGINS = load_plugins()
BACKENDS = ["onnxruntime", "openvino"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, export_once):
    """A bundle, its weights and its companion."""
    out = tmp_path_factory.mktemp("gradient")
    card = ARCHITECTURE.default_card(
        ["safe", "phone", "drink"], input_size=SIZE, width=0.25,
        license="MIT", origin="a test", training_data="none",
    )  # fmt: skip
    export_once(ARCHITECTURE, card, out / "m.onnx")
    write_gradient(
        ARCHITECTURE,
        out / "m.onnx",
        out / "m.saliency.onnx",
        weights=out / "m.safetensors",
        backends={name: PLUGINS.backends[name] for name in BACKENDS},
    )
    return out


def network(folder):
    from edgevid_zoo.weights.checkpoints import load_checkpoint

    module = ARCHITECTURE.build(read_card(folder / "m.onnx"))
    load_checkpoint(module.network, folder / "m.safetensors")
    return module.requires_grad_(False)


def companion(folder):
    card = read_card(folder / "m.saliency.onnx")
    options = OnnxRuntimeBackend.Options(threads=1)
    return OnnxRuntimeBackend(options, Bundle(folder / "m.saliency.onnx", card))


def test_the_companion_is_a_plain_graph_for_any_batch(folder):
    graph = onnx.load(folder / "m.saliency.onnx").graph
    card = read_card(folder / "m.saliency.onnx")

    assert not {n.op_type for n in graph.node} & {"ScatterND", "ScatterElements", "Loop", "If"}
    assert all(i.type.tensor_type.shape.dim[0].dim_param for i in graph.input)
    assert [o.name for o in graph.output][:3] == ["logits", "saliency", "gradient"]
    assert card.has_gradient
    assert card.sha256 == read_card(folder / "m.onnx").sha256


@pytest.mark.parametrize("batch", [1, 3])
def test_maps_are_those_of_autograd_on_the_unfolded_network(folder, batch):
    module = network(folder)
    frames = golden_clip(2 * batch, *SIZE, seed=4)[0].unflatten(0, (2, batch))
    target = torch.tensor([TOP, 0, 2][:batch])
    backend = companion(folder)
    states = [torch.zeros(batch, *s.shape) for s in read_card(folder / "m.onnx").state_tensors]
    memories = [None] * batch
    for step in frames:
        logits, saliency, gradient, *states = explained(module)(step, target, *states)
        outputs, memories = backend.run(
            {"frames": step.numpy(), "target": target.numpy()}, memories
        )

    for name, want in {"logits": logits, "saliency": saliency, "gradient": gradient}.items():
        want = want.detach().numpy()
        difference = np.linalg.norm(outputs[name] - want) / np.linalg.norm(want)
        assert difference <= 1e-4, name
    assert outputs["saliency"] == pytest.approx(np.abs(outputs["gradient"]).max(axis=3))


def test_the_class_that_is_asked_for_decides_the_map(folder):
    frame = golden_clip(1, *SIZE)[0].numpy()
    backend = companion(folder)

    def saliency(target):
        inputs = {"frames": frame, "target": np.array([target])}
        outputs, _ = backend.run(inputs, [None])
        return outputs["saliency"][0], int(outputs["logits"][0].argmax())

    top, label = saliency(TOP)
    assert np.array_equal(top, saliency(label)[0])
    assert not np.allclose(top, saliency((label + 1) % 3)[0], rtol=0.01)


def test_folding_batch_norm_changes_no_logit(folder):
    module = network(folder)
    frames = golden_clip(3, *SIZE)[0]
    states = [torch.rand(3, *s.shape) for s in read_card(folder / "m.onnx").state_tensors]
    with torch.inference_mode():
        difference = (module(frames, *states)[0] - folded(module)(frames, *states)[0]).abs().max()

    assert difference < 1e-4
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in module.modules())


def explain(folder, name, backend="onnxruntime", model="onnxruntime", **options):
    """Maps of a short stream, by an explainer in its place in the runtime."""
    choice = BackendConfig(name=backend)
    explainer = build_explainer(PLUGINS, PluginConfig(name=name, options=options), choice)
    built = build_model(
        PLUGINS, ModelConfig(name=str(folder / "m.onnx")), BackendConfig(name=model)
    )
    found = []
    with built.model as opened, explainer:
        explainer.open(opened)
        state = opened.open()
        for index, image in enumerate(golden_clip(4, *SIZE)[0].numpy()):
            frame = Frame(image, index, index / 10, 0.0, "s")
            [prediction] = opened.step([frame], [state])
            found.append(explainer.explain(frame, prediction, state))
    return np.stack(found)


@pytest.mark.parametrize("name", ["gradient", "smoothgrad"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_explainers_give_the_same_maps_on_every_backend_without_pytorch(folder, name, backend):
    found = explain(folder, name, backend, backend)
    again = explain(folder, name, "onnxruntime", "torch")

    assert found.shape == (4, *SIZE)
    assert found.min() >= 0
    assert found.max() == 1
    # At a kink of an activation rounding decides whether a gradient passes.
    assert np.abs(found - again).mean() < 0.01


def test_an_explainer_sees_the_state_that_the_step_read(folder):
    card = read_card(folder / "m.onnx")
    module, clip = network(folder), golden_clip(4, *SIZE)[0]
    states = [torch.zeros(1, *s.shape) for s in card.state_tensors]
    for frame in clip:
        _, saliency, _, *states = explained(module)(frame[None], torch.tensor([TOP]), *states)
    want = saliency.detach().numpy()[0]
    want = np.clip(want / np.quantile(want, 0.995), 0, 1)

    assert explain(folder, "gradient")[-1] == pytest.approx(want, abs=0.02)


def test_smoothgrad_has_less_speckle_and_is_the_same_in_every_replay(folder):
    plain, smooth = explain(folder, "gradient"), explain(folder, "smoothgrad", samples=32)

    def speckle(maps):
        return np.abs(np.diff(maps, axis=2)).mean() / maps.mean()

    assert speckle(smooth) < speckle(plain)
    assert np.array_equal(smooth, explain(folder, "smoothgrad", samples=32))


@pytest.mark.parametrize(
    ("prepare", "error", "message"),
    [
        (lambda f: None, BundleError, r"needs this companion .*edgevid export .* --saliency"),
        (
            lambda f: (f / "m.saliency.onnx").write_bytes((f / "m.onnx").read_bytes()),
            BundleError, "it gives no gradient",
        ),
    ],
)  # fmt: skip
def test_a_companion_that_is_not_there_or_none_is_refused_with_what_to_do(
    tmp_path, folder, prepare, error, message
):
    (tmp_path / "m.onnx").write_bytes((folder / "m.onnx").read_bytes())
    prepare(tmp_path)

    with pytest.raises(error, match=message):
        explain(tmp_path, "gradient")


def test_a_companion_of_other_weights_is_refused(tmp_path, folder):
    from edgevid_export.quantise import put_card

    for name in ("m.onnx", "m.saliency.onnx"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    card = read_card(folder / "m.onnx").model_copy(update={"sha256": "0" * 64})
    put_card(tmp_path / "m.onnx", card)

    with pytest.raises(BundleError, match=r"companion of other weights than m\.onnx"):
        explain(tmp_path, "gradient")


def test_a_companion_moves_to_the_next_backend_when_its_own_is_lost(folder):
    choice = BackendConfig(name="auto")
    explainer = build_explainer(PLUGINS, PluginConfig(name="gradient"), choice)
    with (
        build_model(PLUGINS, ModelConfig(name=str(folder / "m.onnx")), choice).model as model,
        explainer,
    ):
        explainer.open(model)
        first = explainer._backend.opened_on
        explainer.recover()
        state = model.open()
        frame = Frame(golden_clip(1, *SIZE)[0, 0].numpy(), 0, 0.0, 0.0, "s")
        [prediction] = model.step([frame], [state])

        assert (first, explainer._backend.opened_on) == (
            ("onnxruntime", "cpu"),
            ("openvino", "cpu"),
        ) or torch.cuda.is_available()
        assert explainer.explain(frame, prediction, state).max() == 1


def test_a_companion_is_no_model(folder):
    with pytest.raises(BundleError, match="run the bundle with --explainer gradient"):
        build_model(PLUGINS, ModelConfig(name=str(folder / "m.saliency.onnx")), BackendConfig())


def test_a_companion_of_another_size_is_refused(tmp_path, folder):
    from edgevid_export.quantise import put_card

    for name in ("m.onnx", "m.saliency.onnx"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    card = read_card(folder / "m.saliency.onnx").model_copy(update={"input_size": (32, 32)})
    put_card(tmp_path / "m.saliency.onnx", card)

    with pytest.raises(BundleError, match=r"companion of other input_size than m\.onnx"):
        explain(tmp_path, "gradient")


def test_a_model_without_a_bundle_cannot_be_explained_so(folder):
    explainer = build_explainer(PLUGINS, PluginConfig(name="gradient"))
    with (
        build_model(PLUGINS, ModelConfig(name="roi_activity"), BackendConfig()).model as model,
        pytest.raises(ConfigError, match=r"need a bundle, which roi_activity .* explainer cam"),
    ):
        explainer.open(model)


class EverySecondColumn(torch.nn.Module):
    """In bundle form, with a slice that has a step."""

    def forward(self, frames, *states):
        return frames.mean(dim=(1, 3))[:, ::2], None


def test_what_has_no_backward_pass_here_is_said():
    frames = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)

    with pytest.raises(ExportError, match="a slice with step 2 has no backward pass here"):
        traced(EverySecondColumn(), frames, torch.tensor([TOP, TOP]), [])


def test_a_backward_pass_that_is_wrong_is_caught_and_leaves_no_file(tmp_path, folder, monkeypatch):
    from edgevid_export import backward

    turned = backward._turned
    monkeypatch.setattr(backward, "_turned", lambda w, groups: turned(w, groups).flip(3))

    with pytest.raises(ParityError, match=r"the map differs from autograd by .* No file"):
        write_gradient(
            ARCHITECTURE,
            folder / "m.onnx",
            tmp_path / "m.saliency.onnx",
            weights=folder / "m.safetensors",
            backends={"onnxruntime": PLUGINS.backends["onnxruntime"]},
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_writes_it_beside_the_bundle(tmp_path, folder, capsys):
    export(
        str(folder / "m.onnx"), tmp_path / "c.onnx", saliency=True, int8=False, fp16=False,
        checkpoint=None, random_init=False, class_names=None, num_classes=None, force=False,
        data=None, license_=None, origin=None, training_data=None,
    )  # fmt: skip

    assert [p.name for p in tmp_path.iterdir()] == ["c.onnx"]
    assert "parity with autograd, openvino CPU: saliency" in capsys.readouterr().out
