"""What the tests of batches share."""

import json

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


@pytest.fixture
def batch(capsys):
    """Run ``edgevid batch`` in this process; gives exit code, result and what errors say."""

    def run(*arguments):
        words = ["batch", *map(str, arguments), "--workers", "2", "--backend", "onnxruntime"]
        code = run_app([*words, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return run
