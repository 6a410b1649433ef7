"""What learns the motion clips, and what cannot."""

import json
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from edgevid_train.motion.clips import CLASSES, LOOP, SIDE, draw_clips, draw_scenes, phases, render
from edgevid_train.motion.learning import learn_motion, shares, small_card
from edgevid_train.motion.results import Effort, MotionResults, MotionRow, read_results
from edgevid_zoo.architecture import ZooArchitecture
from edgevid_zoo.calibration import calibrate_batch_norm
from edgevid_zoo.families.single_frame import SingleFrameResNet18
from edgevid_zoo.families.tsm import TsmResNet50Offline

from edgevid import load_plugins
from edgevid.cli.app import run_app

pytestmark = pytest.mark.usefixtures("one_thread")
ZOO = {
    name: cls()
    for name, cls in load_plugins().architectures.items()
    if issubclass(cls, ZooArchitecture)
}
SHORT = ["--option", "steps=2", "--option", "check_every=1", "--option", "check_clips=64",
         "--option", "test_clips=64", "--option", "batch_size=4"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_a_narrow_variant_of_every_architecture_takes_the_clips(name):
    with torch.device("meta"):
        module = ZOO[name].build(small_card(ZOO[name]))
        logits = module.forward_clip(torch.zeros(2, LOOP, SIDE, SIDE, 3))
    assert logits.shape[::2] == (2, len(CLASSES))
    assert sum(weight.numel() for weight in module.parameters()) < 4e6


@pytest.mark.parametrize(
    ("name", "alike"),
    [("tsn_resnet50", True), ("single_frame_resnet18", False), ("tsm_resnet50_offline", False)],
)
def test_a_mean_over_frames_gives_the_same_scores_to_all_classes(name, alike):
    """So it is at chance whatever it learns; the last frame alone may differ, but is any."""
    torch.manual_seed(0)
    module = ZOO[name].build(small_card(ZOO[name]))
    calibrate_batch_norm(module, torch.from_numpy(draw_clips(np.random.default_rng(0), 4)[0]))
    scenes = draw_scenes(np.random.default_rng(1), len(CLASSES))
    for array in ("sideways", "shape", "still", "row", "colour", "background"):
        getattr(scenes, array)[:] = getattr(scenes, array)[0]
    labels = np.arange(len(CLASSES))
    clips = torch.from_numpy(render(scenes, phases(labels * 3, labels, LOOP)))
    with torch.inference_mode():
        logits = module.forward_clip(clips)[:, -1]
    change = float((logits - logits[0]).abs().max() / logits.abs().max())
    assert change < 1e-5 if alike else change > 1e-3


def test_shares_count_direction_and_speed_alone():
    found, truth = torch.tensor([0, 1, 2, 3]), torch.tensor([0, 0, 0, 0])
    assert shares(found, truth) == {"accuracy": 0.25, "direction": 0.5, "speed": 0.5}


class Narrower(TsmResNet50Offline):
    """So narrow that it learns in seconds."""

    small: ClassVar[dict[str, Any]] = {**TsmResNet50Offline.small, "width": 0.125}


@pytest.fixture(scope="module")
def learnt():
    torch.set_num_threads(1)
    effort = Effort(steps=110, check_every=55, check_clips=64, test_clips=64, learning_rate=6e-3)
    return [learn_motion(one(), effort) for one in (Narrower, SingleFrameResNet18)]


@pytest.mark.slow
def test_what_sees_time_learns_and_a_single_frame_does_not(learnt):
    temporal, single = learnt
    assert temporal.accuracy > single.accuracy + 0.3
    assert single.accuracy < 0.4
    assert (temporal.sees_order, single.sees_order) == (True, False)
    assert temporal.steps == 110
    assert [clips for clips, _ in single.curve] == [55 * 16, 110 * 16]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ({"good_enough": 0.0}, 4),
        ({"given_up_after": 2, "given_up_below": 1.1}, 2),
        ({"given_up_after": 2, "given_up_below": 0.0}, 6),
    ],
)
def test_training_ends_early_where_more_would_not_help(rule, steps):
    short = {"steps": 6, "batch_size": 4, "check_every": 2, "check_clips": 64, "test_clips": 64}
    assert learn_motion(SingleFrameResNet18(), Effort(**short, **rule)).steps == steps


def row(name, accuracy=0.5, **changes):
    whole = {
        "name": name, "temporal_mode": "clip", "sees_order": True, "compares_frames": True,
        "accuracy": accuracy, "direction": 0.5, "speed": 0.5, "steps": 1, "seconds": 1.0,
        "parameters": 1, "curve": [[16, 0.5]],
    }  # fmt: skip
    return MotionRow(**(whole | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accuracy": 0.94}, True),
        ({"accuracy": 0.95}, False),
        ({"sees_order": False}, False),
        ({"compares_frames": False}, False),
    ],
)
def test_what_should_see_time_and_does_not_disappoints(changes, expected):
    assert row("a", **changes).disappoints is expected


def test_a_row_takes_the_place_of_an_earlier_one():
    results = MotionResults(chance=0.25, machine="", effort=Effort())
    for name, accuracy in (("b", 0.1), ("a", 0.2), ("b", 0.3)):
        results = results.with_row(row(name, accuracy))
    assert [(one.name, one.accuracy) for one in results.rows] == [("a", 0.2), ("b", 0.3)]


@pytest.mark.slow
def test_the_command_goes_on_where_it_was_and_draws_the_curves(tmp_path, capsys):
    output = tmp_path / "motion.json"
    words = ["motion", "-o", str(output), *SHORT]
    assert run_app([*words, "--only", "single_frame_resnet18"]) == 0
    first = read_results(output)
    plain = json.loads(output.read_text())
    plain["rows"] = [{**plain["rows"][0], "name": name, "seconds": -1.0} for name in ZOO]
    output.write_text(json.dumps(plain))

    assert run_app([*words, "--only", "tsm_resnet50_offline"]) == 1
    assert run_app(words) == 1

    said = capsys.readouterr()
    again = read_results(output)
    assert [one.name for one in first.rows] == ["single_frame_resnet18"]
    assert len(again.rows) == len(ZOO)
    assert [one.name for one in again.rows if one.seconds >= 0] == ["tsm_resnet50_offline"]
    assert "below 0.95: tsm_resnet50_offline" in said.err
    assert "chance is 0.25" in said.out
    assert (tmp_path / "motion.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-o {out}/no/m.json", "give a .json file in a folder that exists"),
        ("-o {out}/m.csv", "give a .json file in a folder that exists"),
        ("-o {out}/m.json --only tsm_resnet", "tsm_resnet50"),
        ("-o {out}/m.json --option step=2", "step: unknown key; did you mean steps"),
        ("-o {out}/m.json --option batch_size=6", "batch_size: .*multiple of 4"),
        ("-o {out}/old.json --only c3d", "trained with other settings.*steps=7.*another --output"),
        ("-o {out}/bad.json --only c3d", "bad.json: holds no results of edgevid motion"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(words, message, tmp_path, capsys):
    old = MotionResults(chance=0.25, machine="", effort=Effort(steps=7))
    (tmp_path / "old.json").write_text(old.model_dump_json())
    (tmp_path / "bad.json").write_text("{}")
    before = sorted(path.name for path in tmp_path.iterdir())

    assert run_app(["motion", *words.format(out=tmp_path).split()]) == 2

    import re

    said = capsys.readouterr().err
    assert re.search(message, said)
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before
