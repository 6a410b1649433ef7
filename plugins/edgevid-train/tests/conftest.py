import csv

import numpy as np
import pytest
import torch
from edgevid_export.testing import export_once
from edgevid_synth import write_video
from edgevid_train.data.table import Segment, write_table

__all__ = ["export_once"]

SIDES = {"drinking": 8, "safe_driving": 18, "smoking": 30}
"""A bright square whose side tells the class."""


@pytest.fixture(scope="session")
def square_table(tmp_path_factory):
    """A table of small videos that a tiny network can learn."""
    folder = tmp_path_factory.mktemp("squares")
    segments = []
    for number, (split, label) in enumerate(
        (split, label) for split, count in (("train", 4), ("val", 2)) for label in SIDES
        for _ in range(count)
    ):  # fmt: skip
        rng = np.random.default_rng(number)
        images = rng.integers(20, 60, (12, 48, 48, 3), np.uint8)
        side = SIDES[label]
        top, left = rng.integers(0, 48 - side, 2)
        images[:, top : top + side, left : left + side] = rng.integers(180, 250)
        write_video(folder / f"{number}.mp4", images, 8)
        segments.append(Segment(folder / f"{number}.mp4", 0, None, label, f"p{number}", split))
    write_table(folder / "table.csv", segments)
    return folder / "table.csv"


@pytest.fixture
def one_thread():
    """Small networks are quicker on one thread, and repeat exactly."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


PLAIN = dict.fromkeys(
    ("crop", "flip", "colour", "infrared", "blur", "noise", "occlusion", "jpeg"), 0
)
TINY = {
    "name": "squares",
    "network": {"options": {"width": 0.25}, "input_size": [32, 32], "input_rate_hz": 8},
    "data": {
        "class_names": ["safe_driving", "drinking", "smoking"],
        "num_frames": 4,
        "clips_per_epoch": 24,
        "workers": 0,
        "augmentation": PLAIN,
    },
    "optimiser": {
        "epochs": 3,
        "batch_size": 6,
        "ema_decay": 0.5,
        "precise_bn_batches": 2,
        "loss_after_frames": 1,
        "warmup_epochs": 0.2,
    },
    "trainer": {"accelerator": "cpu"},
}


@pytest.fixture(scope="session")
def tiny_recipe():
    """Makes a recipe of three epochs of a second each; arguments are parts of it."""
    from edgevid_train.training.recipe import parse_recipe

    def make(**parts):
        changed = {part: {**TINY.get(part, {}), **changes} for part, changes in parts.items()}
        return parse_recipe({**TINY, **changed}, "test")

    return make


@pytest.fixture(scope="session")
def finished(square_table, tiny_recipe, tmp_path_factory):
    """A run that nobody may write to."""
    from edgevid_train.training.fit import train

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    done = train(tiny_recipe(), square_table, tmp_path_factory.mktemp("runs") / "finished")
    torch.set_num_threads(before)
    return done


@pytest.fixture
def curves():
    """Reads the curves of a run folder."""

    def read(folder):
        with (folder / "curves.csv").open(newline="") as file:
            return [
                {key: float(value or "nan") for key, value in row.items()}
                for row in csv.DictReader(file)
            ]

    return read


SMALL = (
    "network.architecture=tsm_resnet50", "network.options.width=0.25",
    "network.options.blocks=[1, 1, 1, 1]", "network.input_size=[32, 32]", "data.num_frames=3",
    "data.workers=0", "data.clips_per_epoch=6", "optimiser.batch_size=6",
    "optimiser.precise_bn_batches=1", "optimiser.epochs=2", "optimiser.early_sizes=[]",
    "optimiser.auxiliary=0", "trainer.compile=false", "trainer.accelerator=cpu",
    "trainer.threads=1",
)  # fmt: skip


@pytest.fixture
def small_training(square_table):
    """Makes the command line of a training of seconds."""

    def words(output):
        sets = [word for pair in SMALL for word in ("--set", pair)]
        return ["train", str(square_table), "-o", str(output), "--classes-from-table", *sets]

    return words
