import logging
import signal

import pytest
import torch
from edgevid_train.training.fit import TrainingInterrupted, train
from safetensors.torch import load_file

from edgevid import ConfigError, WeightsError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]
CLASSES = ("safe_driving", "drinking", "smoking")


class StopAt(logging.Handler):
    """Presses Ctrl-C when a line is logged."""

    def __init__(self, text):
        super().__init__()
        self.text = text

    def emit(self, record):
        if record.getMessage().startswith(self.text):
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def stopped():
    """Trains until a line is logged."""
    logger = logging.getLogger("edgevid.train")

    def run(text, *arguments):
        before, handler = logger.level, StopAt(text)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        try:
            train(*arguments)
        finally:
            logger.removeHandler(handler)
            logger.setLevel(before)

    return run


@pytest.mark.slow
def test_a_resumed_run_ends_like_one_that_was_never_stopped(
    finished, square_table, tiny_recipe, tmp_path, curves, stopped
):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingInterrupted, match="with --resume continues after the last whole"):
        # The second epoch is over, but its checkpoint is not written yet: it is done again.
        stopped("epoch 2 of 3", tiny_recipe(), square_table, tmp_path)
    assert signal.getsignal(signal.SIGINT) is before
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["epoch"] == 0
    assert not (tmp_path / "model.safetensors").exists()

    done = train(tiny_recipe(), square_table, tmp_path, resume=True)

    assert done.top1 == finished.top1
    assert curves(tmp_path) == curves(finished.folder)
    expected = load_file(finished.folder / "model.safetensors")
    found = load_file(tmp_path / "model.safetensors")
    assert all(torch.equal(expected[key], found[key]) for key in expected)


def test_a_stop_before_the_first_epoch_is_over_says_so(
    square_table, tiny_recipe, tmp_path, stopped
):
    with pytest.raises(TrainingInterrupted, match="before the first epoch was over; empty"):
        stopped("epoch 1 of 3", tiny_recipe(), square_table, tmp_path)
    with pytest.raises(ConfigError, match=r"holds no last.ckpt to go on with"):
        train(tiny_recipe(), square_table, tmp_path, resume=True)


def test_every_epoch_can_be_gone_on_from(finished):
    # Not only those that were better than all before.
    assert torch.load(finished.folder / "last.ckpt", weights_only=True)["epoch"] == 2


@pytest.mark.slow
def test_a_finished_run_can_be_made_longer(finished, square_table, tiny_recipe, tmp_path, curves):
    for path in finished.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    train(tiny_recipe(optimiser={"epochs": 4}), square_table, tmp_path, resume=True)
    rows = curves(tmp_path)
    assert rows[:3] == curves(finished.folder)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"options": {"width": 0.5}}}, "network must stay as they were"),
        ({"optimiser": {"auxiliary": 0}}, "optimiser.auxiliary .*must stay"),
        ({"optimiser": {"ema_decay": 0}}, "optimiser.ema_decay .*must stay"),
        ({"data": {"class_names": CLASSES[::-1]}}, "data.class_names must stay"),
        ({"optimiser": {"standardised_head": True}}, "standardised_head must stay"),
    ],
)
def test_a_run_does_not_go_on_as_another(finished, square_table, tiny_recipe, changes, message):
    before = (finished.folder / "recipe.yaml").read_text()
    with pytest.raises(ConfigError, match=message):
        train(tiny_recipe(**changes), square_table, finished.folder, resume=True)
    assert (finished.folder / "recipe.yaml").read_text() == before


def test_a_broken_checkpoint_is_refused(square_table, tiny_recipe, tmp_path):
    (tmp_path / "last.ckpt").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"last.ckpt: cannot be read: .*start the run anew"):
        train(tiny_recipe(), square_table, tmp_path, resume=True)
