import csv
import stat
from dataclasses import replace

import pytest
import torch
from edgevid_train.data.errors import DataError
from edgevid_train.data.table import read_table, write_table
from edgevid_train.training.bundle import export_run
from edgevid_train.training.fit import train
from edgevid_train.training.loaders import batch_loader
from edgevid_train.training.recipe import read_recipe
from edgevid_zoo.weights.checkpoints import load_checkpoint
from safetensors.torch import load_file

from edgevid import Card, ConfigError, load_plugins

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]
CLASSES = ("safe_driving", "drinking", "smoking")
SHORT = {"epochs": 1, "precise_bn_batches": 1}
FEW = {"clips_per_epoch": 6}


@pytest.fixture
def clips(finished, square_table, tiny_recipe):
    return batch_loader(read_table(square_table), tiny_recipe(), finished.card, "val")


@pytest.fixture
def module(finished):
    found = load_plugins().architectures[finished.card.architecture]().build(finished.card)
    load_checkpoint(found.network, finished.folder / "model.safetensors")
    return found.eval()


def test_a_run_leaves_everything_behind(finished, tiny_recipe):
    names = {path.name for path in finished.folder.iterdir()}
    assert names == {
        "recipe.yaml", "curves.csv", "curves.png", "model.safetensors", "card.json",
        "confusion.png", "per_class.csv", "last.ckpt", "best.ckpt",
    }  # fmt: skip
    assert read_recipe(finished.folder / "recipe.yaml") == tiny_recipe()
    card = Card.from_json((finished.folder / "card.json").read_bytes(), where="card.json")
    assert card == finished.card
    assert card.class_names == CLASSES
    assert card.metrics == {"validation_top1": round(finished.top1, 4)}


def test_the_loss_falls(finished, curves):
    rows = curves(finished.folder)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[-1]["train/loss"] < rows[0]["train/loss"]
    assert rows[-1]["rate"] < rows[0]["rate"]
    best = min(rows, key=lambda row: row["val/loss"])
    assert best["val/top1"] == pytest.approx(finished.top1)


@pytest.mark.slow
def test_kept_frames_change_nothing(finished, square_table, tiny_recipe, curves, tmp_path):
    train(tiny_recipe(), square_table, tmp_path / "run", cache=tmp_path / "kept", progress=False)
    assert curves(tmp_path / "run") == curves(finished.folder)


def test_weights_are_for_everybody(finished):
    mode = (finished.folder / "model.safetensors").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IMODE((finished.folder / "card.json").stat().st_mode)


def test_weights_are_those_of_the_best_epoch(finished, clips, module):
    right, number = 0, 0
    for batch in clips:
        with torch.no_grad():
            logits = module.forward_clip(batch["frames"])
        found = logits.softmax(-1)[:, 1:].mean(1).argmax(-1)
        right += int((found == batch["labels"][:, -1]).sum())
        number += len(found)
    assert right / number == pytest.approx(finished.top1)


def test_classes_are_listed(finished):
    with (finished.folder / "per_class.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == list(CLASSES)
    assert [row["clips"] for row in rows] == ["2", "2", "2"]
    hits = sum(float(row["recall"]) * 2 for row in rows)
    assert hits / 6 == pytest.approx(finished.top1, abs=1e-3)


def test_the_stream_equals_the_clip(finished, clips, module):
    clip = next(iter(clips))["frames"]
    states = [torch.zeros(len(clip), *state.shape) for state in finished.card.state_tensors]
    with torch.no_grad():
        whole = module.forward_clip(clip)
        for index in range(clip.shape[1]):
            logits, _, *states = module(clip[:, index], *states)
            torch.testing.assert_close(logits, whole[:, index], rtol=1e-4, atol=1e-4)
    assert whole.std() > 1e-2


def test_a_later_frame_changes_no_earlier_score(clips, module):
    clip = next(iter(clips))["frames"]
    changed = clip.clone()
    changed[:, 2] = 255 - changed[:, 2]
    with torch.no_grad():
        before, after = module.forward_clip(clip), module.forward_clip(changed)
    assert torch.equal(before[:, :2], after[:, :2])
    assert (before[:, 2:] != after[:, 2:]).any(-1).all()


@pytest.mark.slow
def test_a_start_with_other_classes(finished, square_table, tmp_path, tiny_recipe):
    segments = [s for s in read_table(square_table) if s.label != "smoking"]
    write_table(tmp_path / "t.csv", segments)
    frozen = tiny_recipe(
        optimiser={**SHORT, "learning_rate": 1e-12}, data={"class_names": CLASSES[:2], **FEW}
    )
    start = finished.folder / "model.safetensors"
    done = train(frozen, tmp_path / "t.csv", tmp_path / "run", start=start)
    before, after = load_file(start), load_file(done.folder / "model.safetensors")
    assert after["classifier.weight"].shape[0] == 2
    for key, tensor in before.items():
        if not key.startswith("classifier.") and "running_" not in key and "num_b" not in key:
            torch.testing.assert_close(after[key], tensor)


@pytest.mark.slow
@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_a_teacher_teaches_and_stays_as_it_is(
    finished, square_table, tmp_path, tiny_recipe, weight
):
    teacher = finished.folder / "model.safetensors"
    settings = {"checkpoint": str(teacher), "weight": weight}
    train(tiny_recipe(optimiser=SHORT, data=FEW, teacher=settings), square_table, tmp_path)
    state = torch.load(tmp_path / "last.ckpt", weights_only=True)["current_model_state"]
    kept = load_file(teacher)
    assert all(torch.equal(state[f"teacher.network.{key}"], kept[key]) for key in kept)
    assert set(load_file(tmp_path / "model.safetensors")) == set(kept)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"optimiser": {"ema_decay": 0, "standardised_head": True}},
        {"optimiser": {"precise_bn_batches": 0, "auxiliary": 0}},
        {"network": {"architecture": "single_frame_mobilenet_v2"}},
        {"optimiser": {"early_sizes": [[1, [16, 16]]]}, "data": {"balanced": False}},
    ],
)
def test_parts_can_be_turned_off(square_table, tmp_path, tiny_recipe, curves, changes):
    parts = {"optimiser": SHORT, "data": FEW, "network": {"options": {"width": 0.25}}}
    made = tiny_recipe(**{key: {**parts[key], **changes.get(key, {})} for key in parts})
    assert train(made, square_table, tmp_path).top1 is not None
    assert len(curves(tmp_path)) == 1


def test_a_folder_without_a_run_is_not_exported(tmp_path):
    with pytest.raises(ConfigError, match="holds no finished run"):
        export_run(tmp_path)


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        ({"strategy": "best"}, "trainer: cannot be done on this machine: .*best"),
        ({"devices": 0}, "trainer: cannot be done on this machine"),
    ],
)
def test_a_machine_that_cannot_is_refused(square_table, tmp_path, tiny_recipe, trainer, message):
    with pytest.raises(ConfigError, match=message) as caught:
        train(tiny_recipe(trainer=trainer), square_table, tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_broken_video_is_one_line(square_table, tmp_path, tiny_recipe, workers):
    (tmp_path / "b.mp4").write_bytes(b"no video")
    segments = read_table(square_table)
    broken = replace(segments[0], file=tmp_path / "b.mp4", driver="b")
    write_table(tmp_path / "t.csv", [broken, *(s for s in segments if s.split == "val")])
    few = tiny_recipe(data={"workers": workers, "clips_per_epoch": 2}, optimiser=SHORT)
    with pytest.raises(DataError, match=r"b.mp4: cannot be decoded: [^\n]*$") as caught:
        train(few, tmp_path / "t.csv", tmp_path / "run")
    assert "Traceback" not in str(caught.value)


@pytest.mark.slow
def test_nothing_is_said_where_nobody_watches(square_table, tmp_path, tiny_recipe, capfd):
    train(tiny_recipe(optimiser=SHORT, data=FEW), square_table, tmp_path)
    assert capfd.readouterr() == ("", "")
