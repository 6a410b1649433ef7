"""Putting a policy that was tried into the card of a bundle."""

import shutil

import pytest

from edgevid import read_card
from edgevid.cli.app import run_app
from edgevid.default_plugins.models.driver import default_bundle
from tests.event_files import TABLE, prediction, session, write_csv, write_lines

SETS = ("--set", "events.options.rules.enter=0.8", "--set", "events.options.rules.exit=0.3")


@pytest.fixture
def stored(tmp_path):
    """A truth, predictions of the default model, and a copy of its bundle."""
    card = read_card(default_bundle())
    scores = [0.0] * len(card.class_names)
    scores[card.class_names.index("drinking")] = 1.0
    model = {"name": card.name, "version": card.version, "sha256": card.sha256,
             "class_names": list(card.class_names)}  # fmt: skip
    lines = [prediction(k / 8, scores) for k in range(80)]
    write_lines(tmp_path / "a.jsonl", {**session("a.mp4"), "model": model}, *lines)
    write_csv(tmp_path / "truth.csv", TABLE, ("a.mp4", 0, 9, "drinking", "d", "test"))
    shutil.copy(default_bundle(), tmp_path / "copy.onnx")
    return tmp_path


def evaluate(folder, *parts):
    given = ("--events", folder / "truth.csv", folder / "a.jsonl", "-o", folder / "out", *parts)
    return run_app(["evaluate", *map(str, given)])


def test_the_card_carries_what_was_tried(stored, capsys):
    bundle = stored / "copy.onnx"
    before = read_card(bundle)

    assert evaluate(stored, *SETS, "--bundle", bundle, "--write-policy") == 0

    after = read_card(bundle)
    assert after.event_policy == {"rules": {"enter": 0.8, "exit": 0.3}}
    assert after.model_copy(update={"event_policy": before.event_policy}) == before
    assert "its card carries this policy now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["--profile", "coach"], "nothing to write; give the policy's numbers by --set"),
        (SETS, "give the bundle whose card gets the policy: --bundle FILE"),
    ],
)
def test_what_cannot_be_written_is_said_first(stored, parts, message, capsys):
    assert evaluate(stored, *parts, "--write-policy") == 2
    assert message in capsys.readouterr().err
    assert not (stored / "out").exists()
