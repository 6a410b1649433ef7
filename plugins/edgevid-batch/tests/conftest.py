"""What the tests of batches share."""

import io
import json
import shutil
from contextlib import redirect_stdout

import pytest

from edgevid.cli.app import run_app
from tests.tiny_bundles import card_for, write_bundle
from tests.videos import B_FRAMES, VARIABLE, write_video


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """A frame-by-frame bundle: what it says depends on the colours alone."""
    card = card_for(
        "frame",
        event_policy={
            "profile": "research",
            "rules": {"min_on_seconds": 0.3, "enter": 0.5, "exit": 0.4},
        },
    )
    return write_bundle(tmp_path_factory.mktemp("bundle") / "tiny.onnx", card)


@pytest.fixture(scope="session")
def drives(tmp_path_factory):
    """Five short drives of several containers, rates and names."""
    folder = tmp_path_factory.mktemp("drives")
    (folder / "left").mkdir()
    write_video(folder / "a.mp4", seed=1)
    write_video(folder / "b.mkv", VARIABLE, options=B_FRAMES, seed=2)
    write_video(folder / "left" / "c.avi", codec="mjpeg", options={}, seed=3)
    write_video(folder / "left" / "поездка 1 🚗.mp4", options=B_FRAMES, seed=4)
    write_video(folder / "left" / "e.ts", options=B_FRAMES, seed=5)
    return folder


FEW = ("--workers", "1", "--backend", "onnxruntime", "--batch-size", "4", "--json")
"""One process decodes, and no time goes into finding the best batch size."""


@pytest.fixture
def batch(capsys):
    """Run ``edgevid batch`` in this process; gives exit code, result and what errors say."""

    def run(*arguments):
        code = run_app(["batch", *map(str, arguments), *FEW])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else None, printed.err

    return run


@pytest.fixture(scope="session")
def finished(bundle, drives, tmp_path_factory):
    """Result and folder of one batch of all drives, cut into parts; only to read."""
    out = tmp_path_factory.mktemp("finished") / "out"
    words = ["batch", str(drives), "--out", str(out), "--model", str(bundle), "--scores"]
    with redirect_stdout(io.StringIO()) as printed:
        assert run_app([*words, "--chunk-seconds", "1.5", *FEW]) == 0
    return json.loads(printed.getvalue()), out


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of that folder, in which a test may go on."""
    return shutil.copytree(finished[1], tmp_path / "copied")
