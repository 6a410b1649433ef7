"""``edgevid run SOURCE`` without ``--model``."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import yaml

from edgevid import read_card
from edgevid.cli.app import run_app
from edgevid.default_plugins.models.driver import default_bundle

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "examples" / "sample_drive.mp4"


SEVERAL = """
import sys
from edgevid.cli.app import run_app
for line in sys.stdin.read().splitlines():
    print("exit code", run_app(line.split()), file=sys.stderr)
"""


def several(folder, *lines):
    """Run command lines in one process that finds ``folder`` before everything else.

    Returns:
        The lines of standard error, and standard output.
    """
    done = subprocess.run(
        [sys.executable, "-c", SEVERAL], input="\n".join(lines),
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines(), done.stdout


def hide(folder, *modules):
    """Make modules look as if they were not installed."""
    hidden = dict.fromkeys(modules)
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules.update({hidden!r})\n")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ran")
    config = {
        "source": str(DEMO),
        "duration_seconds": 3,
        "sinks": [
            {"name": "jsonl", "target": "e.jsonl", "options": {"predictions": True}},
            "video:v.mp4",
        ],
        "run_json": "run.json",
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(config))
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        assert run_app(["run", "--config", "run.yaml"]) == 0
    return folder


def test_the_result_names_the_model_and_its_weights(ran):
    run, card = json.loads((ran / "run.json").read_text()), read_card(default_bundle())

    assert run["config"]["model"] == {"name": "driver", "options": {}}
    assert run["model"]["name"] == card.name
    assert run["model"]["sha256"] == card.sha256
    assert len(card.sha256) == 64
    assert run["runs_on"]["backend"] == "onnxruntime"
    assert run["errors"] == []


def test_predictions_name_one_of_eleven_classes_and_are_valid_after_the_warm_up(ran):
    head, *lines = map(json.loads, (ran / "e.jsonl").read_text().splitlines())
    found = [line for line in lines if line["type"] == "prediction"]

    assert len(head["model"]["class_names"]) == 11
    assert {line["label"] for line in found} <= set(head["model"]["class_names"])
    assert not any(line["valid"] for line in found if line["end_seconds"] < 1.2)
    assert all(line["valid"] for line in found if line["end_seconds"] > 1.3)
    assert found[-1]["valid"]


def test_the_annotated_video_has_every_frame(ran):
    assert cv2.VideoCapture(str(ran / "v.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 45


def test_without_a_backend_the_message_has_the_pip_command_and_the_card_can_be_read(tmp_path):
    hide(tmp_path, "onnxruntime", "openvino", "torch")
    [error, *codes], out = several(
        tmp_path, f"run {DEMO} --duration 1", "models show driver --json"
    )

    assert 'pip install "edgevid[cpu]"' in error
    assert 'pip install "edgevid[zoo]"' in error
    assert codes == ["exit code 2", "exit code 0"]
    assert len(json.loads(out)["class_names"]) == 11


def test_an_installation_without_the_bundle_says_so_in_one_line(tmp_path):
    package = ROOT / "edgevid"
    leave_out = shutil.ignore_patterns("default_model", "__pycache__")
    shutil.copytree(package, tmp_path / "edgevid", ignore=leave_out)
    commands = [f"run {DEMO}", "models show driver", f"run {DEMO} --model driver"]
    found, _ = several(tmp_path, *commands)

    assert found[1::2] == ["exit code 2"] * 3
    for line in found[::2]:
        assert f"{tmp_path}/edgevid/default_model/driver.onnx: the default model is missing" in line
        assert "pip install --force-reinstall edgevid" in line


def test_a_command_of_a_package_that_is_not_there_says_which_one_to_install(tmp_path):
    hide(tmp_path, "edgevid_train", "edgevid_synth")
    found, _ = several(tmp_path, "train", "data", "evaluate", "synth")

    assert found.count("exit code 2") == 4
    errors = [line for line in found if line.startswith("error: ")]
    assert len(errors) == 4
    packages = ["edgevid-train"] * 3 + ["edgevid-synth"]
    for line, package in zip(errors, packages, strict=True):
        assert f"pip install {package}" in line
    assert not [line for line in found if "Traceback" in line]
