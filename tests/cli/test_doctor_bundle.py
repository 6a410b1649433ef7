import json

import pytest

from edgevid.cli.app import run_app

from ..tiny_bundles import card_for, write_bundle
from ..tiny_networks import with_golden


@pytest.fixture
def write(tmp_path):
    def write_one(**golden):
        card = with_golden(card_for("stream"))
        card = card.model_copy(update={"golden": card.golden.model_copy(update=golden)})
        return str(write_bundle(tmp_path / "m.onnx", card))

    return write_one


def test_every_backend_that_runs_here_has_parity_and_the_others_say_why_not(write, capsys):
    assert run_app(["doctor", write(), "--json"]) == 0

    found = {(f["backend"], f["device"]): f for f in json.loads(capsys.readouterr().out)}
    for name in ("onnxruntime", "openvino"):
        assert found[name, "cpu"]["verdict"] == "parity"
        assert 0 <= found[name, "cpu"]["difference"] < 1e-5
    assert found["torch", "cpu"]["verdict"] == "cannot run here"
    assert "names no PyTorch architecture" in found["torch", "cpu"]["reason"]


def test_a_backend_that_gives_other_numbers_is_named_and_the_exit_code_is_not_zero(write, capsys):
    assert run_app(["doctor", write(reset_at=4)]) == 1

    shown = capsys.readouterr().out
    assert "WRONG" in shown
    assert "logits differs from PyTorch at frame 4 by" in shown


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.onnx", "nowhere.onnx: does not exist"),
        ("without.onnx", "its card holds no golden logits; write the bundle again"),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path, capsys, name, message):
    write_bundle(tmp_path / "without.onnx", card_for("frame"))

    assert run_app(["doctor", str(tmp_path / name)]) == 2
    assert message in capsys.readouterr().err


def test_text_of_a_card_is_shown_as_it_is(tmp_path, capsys):
    card = card_for("frame", training_data="600 clips [train/val] of [/our lab]")
    path = write_bundle(tmp_path / "m.onnx", card)

    assert run_app(["models", "show", str(path)]) == 0
    assert "600 clips [train/val] of [/our lab]" in capsys.readouterr().out


def test_a_card_shows_why_its_model_runs_on_clips(tmp_path, capsys):
    path = write_bundle(tmp_path / "m.onnx", card_for("clip", why_clips="needs the next frame"))

    assert run_app(["models", "show", str(path)]) == 0
    assert "needs the next frame" in capsys.readouterr().out
