import json

import pytest
import yaml

from edgevid.cli.app import run_app


@pytest.mark.slow
def test_a_training_ends_in_a_bundle_that_runs(square_table, small_training, tmp_path, capsys):
    folder = tmp_path / "run"

    assert run_app(small_training(folder)) == 0

    output, errors = capsys.readouterr()
    assert errors == ""
    first, second = output.splitlines()
    assert first.startswith(f"{folder}: weights, card and curves, validation top-1 0.")
    assert second.endswith(f"edgevid run SOURCE --model {folder / 'model.onnx'}")
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    assert recipe["optimiser"]["epochs"] == 2
    assert recipe["network"]["input_size"] == [32, 32]
    assert recipe["data"]["class_names"] == ["safe_driving", "drinking", "smoking"]
    assert recipe["data"]["background"] == "safe_driving"

    video = square_table.parent / "0.mp4"
    assert run_app(["run", str(video), "--model", str(folder / "model.onnx"), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["frames"]["analysed"] == 12
