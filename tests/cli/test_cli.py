import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import cv2
import pytest

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "examples" / "sample_drive.mp4"


def process(*arguments, env=None, start=("-m", "edgevid")):
    """A process of its own, where that matters: how it starts, what it imports, its exit code."""
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip


@pytest.mark.slow
def test_the_main_job_writes_everything_it_names(tmp_path):
    done = process(
        "run", DEMO, "--model", "roi_activity", "--duration", "12",
        "--sink", f"jsonl:{tmp_path}/e.jsonl",
        "--sink", f"video:{tmp_path}/v.mp4", "--sink", f"csv:{tmp_path}/e.csv",
        "--run-json", tmp_path / "run.json", env={"COLUMNS": "400"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["status"] == "finished"
    assert run["frames"]["read"] == 180
    assert run["frames"]["analysed"] == 120
    assert run["runs_on"] == {"backend": "numpy", "provider": "cpu"}
    capture = cv2.VideoCapture(str(tmp_path / "v.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 180
    assert "v.mp4" in done.stdout


def test_json_is_the_result_and_nothing_else(edgevid, tmp_path):
    done = edgevid("run", "test:?frames=40&fps=20", "--model", "roi_activity", "--json")

    assert done.stderr == ""
    assert json.loads(done.stdout)["frames"]["read"] == 40


def test_run_stream_is_edgevid_run():
    done = process("test:?frames=10", "--json", start=(str(ROOT / "run_stream.py"),))

    assert json.loads(done.stdout)["frames"]["read"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "no source given"),
        (["run", "missing.mp4"], "missing.mp4"),
        (["run", DEMO, "--model", "roi_activty"], "did you mean roi_activity"),
        (["run", DEMO, "--model", "missing.onnx"], "does not exist"),
        (["run", DEMO, "--sink", "jsonl"], "needs a target"),
        (["run", DEMO, "--sink", "jsonl:/proc/nope/x"], "/proc/nope"),
        (["run", DEMO, "--sink", "vidoe:x.mp4"], "did you mean video"),
        (["run", DEMO, "-m", "roi_activity", "--set", "model.options.rate=3"], "rate: unknown key"),
        (["run", DEMO, "--set", "model.options.rate=3"], "model driver: rate: unknown key"),
        (["run", "test:?duration=3"], "duration: unknown key. Accepted: fps, frames"),
        (["run", DEMO, "-m", "roi_activity", "--require", "cuda"], "require: cuda cannot be met"),
        (["run", DEMO, "--buffer", "all"], "buffer.policy"),
        (["run", "camera:97"], "camera"),
        (["run", "--config", "missing.yaml"], "no such configuration file"),
        (["run", DEMO, "--sink", "csv:a", "--sink", "jsonl:a"], "same target"),
        (["run", "rtps://me:hunter2@cam/1"], "rtps"),
        (["probe", "missing.mp4"], "missing.mp4"),
        (["models", "show", "missing.onnx"], "does not exist"),
        (["models", "list", "drivre"], "did you mean driver"),
        (["bench", "run", "--output", "no/where.json"], "its folder does not exist"),
        (["bench", "backends", "missing.onnx"], "missing.onnx: does not exist"),
        (["config", "check", "missing.yaml"], "no such configuration file"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(edgevid, tmp_path, arguments, message):
    done = edgevid(*arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    if arguments != ["nonsense"]:
        assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback(edgevid):
    done = edgevid("--debug", "run", "missing.mp4")

    assert "Traceback" in done.stderr


def test_a_sink_that_fails_makes_the_exit_code_1_and_the_run_goes_on(edgevid, tmp_path):
    # A device that is always full.
    done = edgevid("run", "test:?frames=30", "--sink", "jsonl:/dev/full", "--json")

    assert done.returncode in (1, 2)
    assert "No space left" in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_its_files_closed(tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "edgevid", "run", "test:?frames=100000&fps=30&live=true",
         "--model", "roi_activity", "--sink", f"video:{tmp_path}/v.mp4",
         "--sink", f"jsonl:{tmp_path}/e.jsonl", "--run-json", str(tmp_path / "run.json"), "-q"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (tmp_path / "v.mp4").exists() or (tmp_path / "v.mp4").stat().st_size < 5000:
        assert process.poll() is None, process.stderr.read()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["status"] == "stopped"
    assert run["stop_reason"] == number.name
    with av.open(str(tmp_path / "v.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) > 5


def test_probe_tells_what_a_file_is(edgevid):
    report = json.loads(edgevid("probe", DEMO, "--json").stdout)

    assert report["num_frames"] == 600
    assert report["median_rate_hz"] == pytest.approx(15)
    assert (report["width"], report["height"]) == (352, 352)


def test_plugins_lists_what_each_brings(edgevid):
    listed = json.loads(edgevid("plugins", "--json").stdout)["plugins"]

    brought = {item for plugin in listed for item in plugin["provides"]}
    assert {"sink:jsonl", "model:hello_brightness", "architecture:tsm_mobilenet_v2"} <= brought
    assert "command:export" in brought
    assert [p["name"] for p in listed if p["error"]] == []


def test_models_lists_and_shows(edgevid):
    listed = edgevid("models", "--no-counts", "--json")
    names = [m["name"] for m in json.loads(listed.stdout)]
    card = json.loads(edgevid("models", "show", "hello_brightness", "--json").stdout)

    assert {"bundle", "driver", "roi_activity", "tsm_mobilenet_v2"} <= set(names)
    assert card["class_names"] == ["dark", "bright"]


@pytest.mark.slow
def test_models_are_listed_with_size_work_mode_and_memory(edgevid):
    command = ("models", "list", "driver", "tsm_mobilenet_v2", "--num-classes", 27)
    driver, twin, network = json.loads(edgevid(*command, "--json").stdout)
    told = edgevid(*command).stdout

    assert driver["parameters"] == 701_771
    assert (twin["kind"], twin["parameters"]) == ("model", None)
    assert (network["parameters"], network["memory_frames"]) == (2_258_459, 10)
    assert network["macs"] == pytest.approx(299.53e6, rel=1e-4)
    for word in ("parameters", "GMACs", "memory", "2.26 M", "0.30", "10 frames", "0.11 MB"):
        assert word in told


def test_config_commands(edgevid):
    demo = ROOT / "configs" / "demo.yaml"
    assert "accepted" in edgevid("config", "check", demo).stdout
    assert json.loads(edgevid("config", "show", demo, "--json").stdout)["buffer"]["capacity"] == 8
    assert "source" in json.loads(edgevid("config", "schema").stdout)["properties"]


def test_doctor_names_providers_and_cameras(edgevid):
    found = json.loads(edgevid("doctor", "--json").stdout)

    assert "CPUExecutionProvider (works)" in found["onnxruntime providers"]
    assert "cameras" in found
    assert found["default model"].startswith("driver: ")


def test_commands_of_plugins_appear_in_the_help():
    shown = process("--help").stdout

    assert {"export", "train", "synth", "data", "evaluate"} <= set(shown.split())


def test_help_is_quick_to_import():
    code = (
        "import sys; sys.argv=['edgevid','run','--help']\n"
        "try:\n from edgevid.cli import main; main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch','onnxruntime','av','scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_libgl_the_message_names_the_headless_build(tmp_path):
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file')"
    )
    done = process("run", "test:", env={"PYTHONPATH": str(tmp_path)})

    assert done.returncode == 2
    assert "opencv-python-headless" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_while_it_loads_is_one_line(tmp_path):
    (tmp_path / "cv2.py").write_text("raise KeyboardInterrupt")
    done = process("run", "test:", env={"PYTHONPATH": str(tmp_path)})

    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


@pytest.mark.slow
def test_a_broken_plugin_stops_nobody_else(tmp_path):
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('half an upgrade')")
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[edgevid]\nbroken = broken_plugin\n")
    env = {"PYTHONPATH": str(tmp_path)}

    assert process("run", "test:?frames=5", "--json", env=env).returncode == 0
    listed = json.loads(process("plugins", "--json", env=env).stdout)["plugins"]
    [broken] = [p for p in listed if p["name"] == "broken"]
    assert broken["error"] == "RuntimeError: half an upgrade"
    assert broken["version"] == "1.0"
