"""Networks of whole clips: one set of scores, and one target, for all frames."""

import json

import pytest
import torch
from edgevid_train.data.frame_labels import IGNORED
from edgevid_train.training.adapt import adapt_statistics
from edgevid_train.training.bundle import export_run
from edgevid_train.training.clip_scores import clip_scores
from edgevid_train.training.draft import (
    build_network,
    build_teacher,
    check_sizes,
    draft_card,
    training_frames,
)
from edgevid_train.training.fit import train
from edgevid_train.training.losses import clip_targets, soft_targets
from edgevid_train.training.network import TrainedNetwork
from edgevid_train.training.precise_bn import estimate_batch_norm
from edgevid_train.training.recipe import parse_recipe
from edgevid_zoo.calibration import golden_clip
from typer.testing import CliRunner

from edgevid import ConfigError, load_plugins, read_card
from edgevid.cli.app import app

pytestmark = pytest.mark.usefixtures("one_thread")
NARROW = {"width": 0.125, "blocks": [1, 1, 1, 1]}
SHORT = {
    "epochs": 1, "batch_size": 6, "precise_bn_batches": 1, "ema_decay": 0, "auxiliary": 0,
}  # fmt: skip


def recipe(name, *, length=None, optimiser=None, options=None, **parts):
    network = {"architecture": name, "options": NARROW if options is None else options}
    return parse_recipe(
        {
            "network": {**network, "input_size": [32, 32]},
            "data": {"class_names": ["a", "b", "c"], "background": None, "num_frames": length},
            "optimiser": {"auxiliary": 0, **(optimiser or {})},
            **parts,
        },
        "test",
    )


def architecture(name):
    return load_plugins().architectures[name]()


def card_of(found):
    return draft_card(architecture(found.network.architecture), found)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 1, 1, 1], [0, 1, 0]),
        ([0, 1, 1, 1], [0.25, 0.75, 0]),
        ([IGNORED, IGNORED, 2, 2], [0, 0, 0.5]),
        ([IGNORED] * 4, [0, 0, 0]),
    ],
)
def test_the_target_of_a_clip_is_what_its_frames_show(labels, expected):
    found = clip_targets(soft_targets(torch.tensor([labels]), 3, 0.0))
    assert found.shape == (1, 1, 3)
    assert found[0, 0].tolist() == pytest.approx(expected)


def test_a_clip_that_is_partly_without_label_keeps_its_scores():
    targets = clip_targets(soft_targets(torch.tensor([[IGNORED, IGNORED, IGNORED, 2]]), 3, 0.0))
    logits = torch.tensor([[[0.2, 0.3, 0.5]]]).log()
    scores, truth = clip_scores(logits, targets)
    assert scores[0].tolist() == pytest.approx([0.2, 0.3, 0.5])
    assert truth.tolist() == [2]


@pytest.mark.parametrize(
    ("name", "length", "options", "expected"),
    [
        ("r3d_18", None, NARROW, 16),
        ("r3d_18", 4, NARROW, 4),
        ("tsm_resnet50_offline", None, NARROW, 8),
        ("tsm_resnet50_offline", None, {**NARROW, "num_frames": 6}, 6),
        ("slowfast_4x16_resnet50", 16, NARROW, 16),
        # A stream is trained on clips of any length.
        ("tsm_resnet50", None, NARROW, 16),
        ("tsm_resnet50", 5, NARROW, 5),
        ("tsn_resnet50", 5, {**NARROW, "num_frames": 3}, 5),
    ],
)
def test_a_network_of_clips_sees_in_training_what_it_sees_later(name, length, options, expected):
    found = recipe(name, length=length, options=options)
    card = card_of(found)
    assert training_frames(card, found) == expected
    if card.temporal_mode in ("clip", "multirate"):
        assert card.num_frames == expected


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (recipe("c3d", length=6, options={"width": 0.125}), "network: clips of 6 frames: c3d"),
        (
            recipe("r3d_18", length=4, options={**NARROW, "num_frames": 8}),
            "network.options.num_frames is 8, data.num_frames 4: r3d_18 is trained on clips of its",
        ),
    ],
)
def test_a_length_that_cannot_be_is_refused(found, message):
    with pytest.raises(ConfigError, match=message):
        card_of(found)


def test_a_network_of_one_size_takes_no_smaller_pictures_at_first():
    early = {"early_sizes": [[0.5, [16, 16]]]}
    for name, options in (("c3d", {"width": 0.125}), ("r3d_18", NARROW)):
        found = recipe(name, options=options, optimiser=early)
        if name == "r3d_18":
            check_sizes(architecture(name), card_of(found), found)
            continue
        with pytest.raises(ConfigError, match=r"optimiser.early_sizes: c3d of \(32, 32\) does not"):
            check_sizes(architecture(name), card_of(found), found)


@pytest.mark.parametrize(
    ("student", "teacher"), [("r3d_18", "tsm_resnet50"), ("tsm_resnet50", "r3d_18")]
)
def test_a_teacher_of_another_kind_is_refused(student, teacher):
    found = recipe(student, teacher={"checkpoint": "t.safetensors", "architecture": teacher})
    with pytest.raises(ConfigError, match="judges single frames and the other one whole clips"):
        build_teacher(found, card_of(found))


@pytest.mark.parametrize("name", ["r3d_18", "late_fusion_resnet18"])
def test_hands_are_found_in_features_of_each_frame_only(name):
    found = recipe(name, length=4)
    module = build_network(architecture(name), card_of(found))
    with pytest.raises(ConfigError, match=r"set optimiser\.auxiliary to 0"):
        TrainedNetwork(module, auxiliary=True)(golden_clip(4, 32, 32))


@pytest.mark.parametrize("name", ["tsm_resnet50", "tsm_resnet50_offline", "r3d_18"])
def test_a_standardised_head_takes_features_of_frames(name):
    found = recipe(name, length=4)
    module = build_network(architecture(name), card_of(found))
    network = TrainedNetwork(module, auxiliary=False, standardised=True)
    clip = golden_clip(4, 32, 32).repeat(2, 1, 1, 1, 1)
    logits, _ = network.train()(clip)
    assert logits.shape[::2] == (2, 3)
    estimate_batch_norm(network, [clip])
    assert not network.training


def test_statistics_of_volumes_are_adapted_too():
    found = recipe("r3d_18", length=4)
    module = build_network(architecture("r3d_18"), card_of(found))
    before = {k: v.clone() for k, v in module.state_dict().items() if "running_mean" in k}
    adapt_statistics(module, iter([golden_clip(4, 32, 32)]), 1.0)
    after = module.state_dict()
    assert before
    assert all((after[key] != value).any() for key, value in before.items())


def tiny(make, name, length):
    network = {"architecture": name, "options": NARROW, "input_size": [32, 32],
               "input_rate_hz": 8}  # fmt: skip
    return make(network=network, data={"num_frames": length, "clips_per_epoch": 6}, optimiser=SHORT)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "length"), [("r3d_18", 4), ("slowfast_4x16_resnet50", 8)])
def test_networks_of_volumes_and_of_several_rates_are_trained(
    name, length, square_table, tmp_path, tiny_recipe, curves
):
    done = train(tiny(tiny_recipe, name, length), square_table, tmp_path, progress=False)

    assert done.card.num_frames == length
    assert done.top1 is not None
    assert curves(tmp_path)[0]["train/loss"] > 0


@pytest.mark.slow
def test_a_network_of_clips_is_trained_into_a_bundle_that_runs(square_table, tmp_path, tiny_recipe):
    folder = tmp_path / "run"
    train(tiny(tiny_recipe, "tsm_resnet50_offline", 4), square_table, folder, progress=False)
    bundle = export_run(folder)
    video = square_table.parent / "0.mp4"
    ran = CliRunner().invoke(app, ["run", str(video), "--model", str(bundle), "--json"])

    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["frames"]["analysed"] == 12
    assert read_card(bundle).num_frames == 4
    longer = tiny(tiny_recipe, "tsm_resnet50_offline", 8)
    with pytest.raises(ConfigError, match=r"data.num_frames \(of clips\) must stay as"):
        train(longer, square_table, folder, resume=True)
