"""Bundles in int8 and fp16, and the gate that they pass."""

import numpy as np
import onnx
import pytest
import torch
from edgevid_export import export, quantise, smaller
from edgevid_export.bundle import export_bundle
from edgevid_export.smaller import write_smaller
from edgevid_synth import write_video
from edgevid_train.data.for_export import TableDataset
from edgevid_train.data.table import Segment, write_table
from edgevid_zoo.calibration import calibrate_batch_norm
from edgevid_zoo.calibration import golden_clip as zoo_clip
from edgevid_zoo.families.tsm import TsmMobileNetV2
from safetensors.torch import save_file

from edgevid import BundleError, ConfigError, ExportError, golden_clip, load_plugins, read_card
from edgevid.backends import Rejected, check_golden, list_graph, open_each

pytestmark = pytest.mark.slow
CLASSES = ["calm", "busy", "late"]
RATE_HZ = 8
SIZE = (64, 64)


@pytest.fixture(scope="module")
def fp32(tmp_path_factory):
    """A network that is sure of its labels, as a trained one mostly is."""
    folder = tmp_path_factory.mktemp("fp32")
    torch.manual_seed(0)
    network = TsmMobileNetV2()
    card = network.default_card(
        CLASSES,
        input_size=SIZE,
        width=0.25,
        input_rate_hz=RATE_HZ,
        metrics={"test_top1": 0.7},
        license="MIT",
        origin="a test",
        training_data="none",
    )
    module = network.build(card)
    calibrate_batch_norm(module, zoo_clip(24, *SIZE))
    weights = module.network.state_dict() | {"classifier.bias": torch.tensor([0.0, 3.0, 0.0])}
    save_file({k: v.contiguous() for k, v in weights.items()}, folder / "weights.safetensors")
    export_bundle(network, card, folder / "m.onnx", checkpoint=folder / "weights.safetensors")
    return folder / "m.onnx"


def write_data(folder, *, splits=("train", "val")):
    segments = []
    for number, split in enumerate(splits):
        frames = golden_clip(24, 96, 96, seed=number)
        video = folder / f"{split}.mp4"
        write_video(video, np.ascontiguousarray(frames[..., ::-1]), 8)
        segments += [
            Segment(video, start, start + 1.0, CLASSES[1], f"p{number}", split)
            for start in (0.0, 1.0, 2.0)
        ]
    write_table(folder / "table.csv", segments)
    return folder / "table.csv"


def small(source, output, table, precision="int8", **options):
    output.parent.mkdir(exist_ok=True)
    backends = load_plugins(discover=False).backends
    dataset = TableDataset(table, read_card(source))
    return write_smaller(
        source, output, precision, dataset, backends=backends, num_frames=40, **options
    )


@pytest.mark.parametrize(("precision", "share"), [("int8", 0.6), ("float16", 0.7)])
def test_a_smaller_bundle_keeps_the_labels_and_says_how_far_it_is_from_fp32(
    tmp_path, fp32, precision, share
):
    out = tmp_path / "small.onnx"
    done = small(fp32, out, write_data(tmp_path), precision)

    card, before = read_card(out), read_card(fp32)
    assert card.precision == precision
    assert card.metrics["test_top1"] == 0.7
    assert card.metrics["val_label_agreement_with_fp32"] == 1.0
    assert card.metrics["val_top1_loss_to_fp32"] == 0.0
    assert card.golden.logits == before.golden.logits
    assert 1e-4 <= card.golden.tolerance < 0.5
    assert out.stat().st_size < share * fp32.stat().st_size
    assert (tmp_path / "small.safetensors").is_file()
    assert (done.agreement.num_clips, done.agreement.clips) == (3, 1.0)
    plugins = load_plugins(discover=False).backends
    found = {}
    for backend in open_each(out, card, {n: plugins[n] for n in ("onnxruntime", "openvino")}):
        if not isinstance(backend, Rejected):
            found[backend.name, backend.provider] = check_golden(backend, card)
    assert {name for name, _ in found} == {"onnxruntime", "openvino"}
    assert max(found.values()) > 0


def test_int8_quantises_the_network_but_not_the_preprocessing(tmp_path, fp32):
    out = tmp_path / "small.onnx"
    small(fp32, out, write_data(tmp_path))
    inside = list_graph(out)

    assert inside.weights["int8"] > 0.9 * list_graph(fp32).weights["float32"] - 5000
    assert inside.operators["Conv"] == list_graph(fp32).operators["Conv"]
    assert inside.inputs == list_graph(fp32).inputs


def write_with_another_favourite(bundle, output, frames, *, layers_in_float):
    """A conversion gone wrong: the classifier's bias has moved by one class."""
    model = onnx.load(bundle)
    [bias] = [t for t in model.graph.initializer if list(t.dims) == [len(CLASSES)]]
    moved = np.roll(onnx.numpy_helper.to_array(bias), 1)
    bias.CopyFrom(onnx.numpy_helper.from_array(moved, bias.name))
    onnx.save(model, output)


def test_a_bundle_that_changes_labels_is_refused_and_nothing_is_left(tmp_path, fp32, monkeypatch):
    monkeypatch.setattr(smaller, "write_int8", write_with_another_favourite)
    table, out = write_data(tmp_path), tmp_path / "out" / "small.onnx"

    with pytest.raises(
        ExportError, match=r"changes labels: 0\.0% of 3 clips .* from 1\.000 to 0\.000 .*--allow"
    ):
        small(fp32, out, table)
    assert list(out.parent.iterdir()) == []

    small(fp32, out, table, allow=True)
    assert read_card(out).metrics["val_label_agreement_with_fp32"] == 0.0
    assert read_card(out).metrics["val_top1_loss_to_fp32"] == 1.0


def test_layers_left_in_float_are_never_more_than_there_are(fp32):
    graph = onnx.load(fp32).graph
    names = {node.name for node in graph.node}
    convolutions = [node.name for node in graph.node if node.op_type == "Conv"]

    some = set(quantise._float_nodes(graph, 4))
    assert set(convolutions[:4]) <= some
    assert convolutions[4] not in some
    assert set(quantise._float_nodes(graph, 999)) == names


def test_the_command_writes_int8_from_a_bundle_and_its_weights(tmp_path, fp32, capsys):
    table = write_data(tmp_path)
    export(
        **COMMAND
        | {"source": str(fp32), "output": tmp_path / "o" / "i.onnx", "data": table, "int8": True}
    )

    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["i.onnx", "i.safetensors"]
    assert "int8: 100.0% of 3 clips and 100.0% of their frames keep" in capsys.readouterr().out


COMMAND = {
    "checkpoint": None, "random_init": False, "class_names": None, "num_classes": None,
    "int8": False, "fp16": False, "force": False, "allow": False, "calibration_frames": 40,
    "license_": None, "origin": None, "training_data": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"int8": True, "fp16": True}, ConfigError, "one of --int8, --fp16 and"),
        ({"int8": True, "data": None}, ConfigError, "need --data TABLE"),
        ({"int8": True, "num_classes": 3}, ConfigError, "brings its own weights"),
        ({"int8": True, "saliency": True}, ConfigError, "one of --int8, --fp16 and --saliency"),
        ({"int8": True, "source": "none.onnx"}, BundleError, "none.onnx: does not exist"),
    ],
)
def test_what_contradicts_itself_is_refused_at_once(tmp_path, fp32, changes, error, message):
    fields = {"source": str(fp32), "output": tmp_path / "o.onnx", "data": tmp_path / "t.csv"}

    with pytest.raises(error, match=message):
        export(**COMMAND | fields | changes)
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_a_validation_split_is_refused(tmp_path, fp32):
    table = write_data(tmp_path, splits=("train",))

    with pytest.raises(ConfigError, match="no segments of split val; train calibrates, val"):
        small(fp32, tmp_path / "o" / "small.onnx", table)
    assert list((tmp_path / "o").iterdir()) == []
