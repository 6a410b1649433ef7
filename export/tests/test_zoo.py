"""Every architecture of the zoo passes the parity gate and runs on a video, at reduced size."""

import json

import cv2
import pytest
from edgevid_zoo.architecture import ZooArchitecture
from typer.testing import CliRunner

from edgevid import golden_clip, load_plugins
from edgevid.cli.app import app

ARCHITECTURES = {
    name: cls
    for name, cls in load_plugins().architectures.items()
    if issubclass(cls, ZooArchitecture)
}


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "drive.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for picture in golden_clip(26, 48, 64):
        writer.write(picture)
    writer.release()
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_is_exported_and_runs_on_a_video(name, tmp_path, video, export_once):
    architecture = ARCHITECTURES[name]()
    card = architecture.default_card(
        ["a", "b", "c"], **{"input_rate_hz": 10.0} | architecture.small
    )
    parity = export_once(architecture, card, tmp_path / "m.onnx")
    result = CliRunner().invoke(
        app,
        ["run", str(video), "--model", str(tmp_path / "m.onnx"), "--json",
         "--backend", "onnxruntime", "--sink", f"jsonl:{tmp_path / 'run.jsonl'}",
         "--set", "sinks.0.options.predictions=true"],
    )  # fmt: skip
    first, stride = card.window_frames - 1, card.stride_frames
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    seen = [line["frame_index"] for line in lines if line["type"] == "prediction"]

    assert result.exit_code == 0, result.output
    assert 0 < parity.largest <= 1e-4
    assert seen == list(range(first, 26, stride))
