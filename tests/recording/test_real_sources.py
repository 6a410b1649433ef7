"""Recordings of a real server, a real file and a killed process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from edgevid import run
from edgevid.config import RunConfig
from edgevid.pipeline import Pipeline

from ..sources.conftest import write_video as write_video
from ..sources.test_live import FAST, Server, mjpeg

DEMO = Path(__file__).parent.parent.parent / "examples" / "sample_drive.mp4"
DRIFTING = [0, 33, 67, 100, 155, 160, 240, 241, 300, 500, 540, 1200, 1233, 1300, 4300, 4340, 4400]


def config(source, target, **more):
    sink = {"name": "jsonl", "target": str(target), "options": {"predictions": True}}
    fields = {"source": source, "model": "roi_activity", "sinks": [sink], "overlays": []}
    return RunConfig.model_validate(fields | more)


@pytest.mark.slow
def test_a_camera_on_the_network_that_was_gone_for_a_while(tmp_path):
    folder = tmp_path / "drive"
    servers = [Server(mjpeg())]
    port = servers[0].port

    def steer(progress):
        if progress.frames_read > 40 and len(servers) == 1:
            servers[0].stop()
            servers.append(Server(mjpeg(500), port))
        elif progress.frames_read > 120:
            pipeline.stop("the test has seen enough")

    source = {"uri": f"http://me:geheim@127.0.0.1:{port}/x", "options": FAST}
    live = config(
        source, tmp_path / "live.jsonl", record=str(folder),
        buffer={"capacity": 2, "policy": "freshest"},
    )  # fmt: skip
    pipeline = Pipeline.from_config(live, on_progress=steer)
    try:
        result = pipeline.run()
    finally:
        for server in servers:
            server.stop()
    again = run(config({"uri": f"recording:{folder}"}, tmp_path / "replay.jsonl"))

    written = (tmp_path / "live.jsonl").read_bytes()
    assert result.num_gaps >= 1
    assert b'"gap"' in written
    assert (tmp_path / "replay.jsonl").read_bytes() == written
    assert again.frames == result.frames
    assert "geheim" not in (folder / "recording.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("vfr.mkv", {"times": DRIFTING, "time_base": Fraction(1, 1000)}),
        ("vfr.mp4", {"times": DRIFTING, "time_base": Fraction(1, 1000)}),
        ("odd rate.mp4", {"num_frames": 60, "rate": Fraction(30000, 1001)}),
        ("Überfahrt 東京 🚗.mkv", {"num_frames": 40, "size": (162, 122)}),
    ],
)
def test_a_file_with_times_of_its_own(tmp_path, write_video, name, make):
    folder = tmp_path / f"recording: {name}?x=1"
    result = run(
        config({"uri": str(write_video(name, **make))}, tmp_path / "a", record=str(folder))
    )
    again = run(config({"uri": f"recording:{folder}"}, tmp_path / "b"))

    assert result.frames.analysed > 5
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert again.frames == result.frames


@pytest.mark.slow
def test_record_and_replay_on_the_command_line(edgevid, tmp_path):
    recorded = edgevid(
        "record", DEMO, "--out", "drive", "-m", "roi_activity", "--duration", "12", "-q",
        "--set", "model.options.rate_hz=5", "--sink", "jsonl:live.jsonl", cwd=tmp_path,
    )  # fmt: skip
    replayed = edgevid("replay", "drive", "--sink", "jsonl:replay.jsonl", "--json", cwd=tmp_path)
    other = edgevid("replay", "drive", "-m", "driver", "--json", cwd=tmp_path)

    assert (recorded.returncode, recorded.stderr) == (0, "")
    assert (tmp_path / "live.jsonl").read_bytes() == (tmp_path / "replay.jsonl").read_bytes()
    assert b'"event"' in (tmp_path / "live.jsonl").read_bytes()
    result = json.loads(replayed.stdout)
    assert result["frames"]["analysed"] == 60
    assert (result["source"]["kind"], result["source"]["uri"]) == ("recording", str(DEMO))
    assert json.loads(other.stdout)["model"]["name"] == "driver"
    assert json.loads(other.stdout)["sinks"] == []


def test_a_profile_takes_the_place_of_the_whole_recorded_policy(edgevid, tmp_path):
    drive = tmp_path / "drive"
    options = ["--model", "roi_activity", "--set", "events.options.rules.enter=0.9"]
    edgevid("record", "test:?frames=20", "--out", drive, "-q", *options)
    runs = {
        "same": edgevid("replay", drive, "--json"),
        "other": edgevid("replay", drive, "--json", "--profile", "coach"),
        "set": edgevid("replay", drive, "--json", "--set", "events.options.profile=coach"),
    }

    found = {name: json.loads(done.stdout)["config"]["events"] for name, done in runs.items()}
    assert found["same"]["options"] == {"rules": {"enter": 0.9}}
    assert found["other"]["options"] == {"profile": "coach"}
    assert found["set"]["options"] == {"rules": {"enter": 0.9}, "profile": "coach"}


def test_run_can_record_too_and_the_flag_wins_over_the_file(edgevid, tmp_path):
    (tmp_path / "c.yaml").write_text(
        "source: 'test:?frames=30'\nrecord: {directory: here}\nmodel: roi_activity\n"
    )
    edgevid("run", "-c", "c.yaml", "--record", "there", "--set", "record.frames=analysed", "-q",
            cwd=tmp_path)  # fmt: skip

    assert not (tmp_path / "here").exists()
    lines = (tmp_path / "there" / "timeline.jsonl").read_text().splitlines()
    kept = [json.loads(line).get("video") is not None for line in lines[:-1]]
    assert (len(kept), sum(kept)) == (30, 10)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_recorder_that_was_ended(tmp_path, number):
    folder, live = tmp_path / "drive", tmp_path / "live.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "edgevid", "record", "test:?frames=100000&fps=50&live=true", "-q",
         "--model", "roi_activity", "--sink", f"jsonl:{live}", "--out", str(folder),
         "--set", "sinks.0.options.predictions=true"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    timeline = folder / "timeline.jsonl"
    analysed = b'"analysed": true'
    while not timeline.exists() or timeline.read_bytes().count(analysed) < 20:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
        assert process.poll() is None, process.stderr.read()
    process.send_signal(number)
    process.communicate(timeout=30)
    again = run(config({"uri": f"recording:{folder}"}, tmp_path / "replay.jsonl"))

    written = live.read_bytes()
    replayed = (tmp_path / "replay.jsonl").read_bytes()
    assert again.frames.analysed >= 15
    if number == signal.SIGINT:
        assert replayed == written
        assert again.warnings == []
        return
    # The last picture may be on its way to the disk, and no line of it is told before.
    assert again.frames.read >= 78
    assert "the recording was cut off at" in again.warnings[0]
    shorter, longer = sorted([written, replayed], key=len)
    whole_lines = shorter.rpartition(b"\n")[0].splitlines()[:-3]
    assert len(whole_lines) > 10
    assert longer.splitlines()[: len(whole_lines)] == whole_lines


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from edgevid.cli import main
main()
"""


@pytest.mark.slow
def test_a_full_disk_ends_the_recording_and_not_the_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "60000", "record", "test:?frames=300&fps=100", "--json",
         "--model", "roi_activity", "--sink", "jsonl:live.jsonl", "--out", "drive",
         "--set", "sinks.0.options.predictions=true"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, env=os.environ,
    )  # fmt: skip
    result = json.loads(done.stdout)
    again = run(config({"uri": f"recording:{tmp_path / 'drive'}"}, tmp_path / "replay.jsonl"))

    assert done.returncode == 1
    assert result["status"] == "finished"
    assert result["frames"]["read"] == 300
    assert result["recording"]["error"] == "drive: cannot be written: File too large"
    assert result["errors"] == ["recording: drive: cannot be written: File too large"]
    assert 5 < again.frames.read < 300
    assert "the recording was cut off" in again.warnings[0]
    written = (tmp_path / "live.jsonl").read_bytes().splitlines()
    replayed = (tmp_path / "replay.jsonl").read_bytes().splitlines()
    assert replayed[: again.frames.analysed] == written[: again.frames.analysed]
