import json
import subprocess
import sys

import yaml


def edgevid(*arguments):
    words = [sys.executable, "-m", "edgevid", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=100)


def test_a_training_ends_in_a_bundle_that_runs(square_table, small_training, tmp_path):
    folder = tmp_path / "run"
    done = edgevid(*small_training(folder))

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{folder}: weights, card and curves, validation top-1 0.")
    assert second.endswith(f"edgevid run SOURCE --model {folder / 'model.onnx'}")
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    assert recipe["optimiser"]["epochs"] == 2
    assert recipe["network"]["input_size"] == [32, 32]
    assert recipe["data"]["class_names"] == ["safe_driving", "drinking", "smoking"]
    assert recipe["data"]["background"] == "safe_driving"

    video = square_table.parent / "0.mp4"
    ran = edgevid("run", video, "--model", folder / "model.onnx", "--json")

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["frames"]["analysed"] == 12
