"""From rendered drives to a report, through the command line."""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys

import pytest
from edgevid_train.data.table import read_table
from edgevid_train.evaluation.events.replay import read_recording, replay
from edgevid_train.evaluation.events.result import read_result
from edgevid_train.evaluation.events.writing import read_events_report

from edgevid.cli.app import run_app
from tests.event_files import TABLE, event, prediction, session, write_csv, write_lines

pytestmark = pytest.mark.slow

FIRST = 3_000_000_004
"""Something happens in the first six seconds of this drive and the next."""
SET = ("--split=tune", "--first=4", "--count=2", "--size=64", "--workers=1", "--seconds")
LOW = (
    "--set", "events.options.rules={enter: 0.2, exit: 0.1, min_on_seconds: 0.1, tau_seconds: 0}",
)  # fmt: skip


def words(*parts):
    return [str(part) for part in parts]


def evaluate(*parts):
    return run_app(words("evaluate", "--events", *parts))


@pytest.fixture(scope="module")
def drives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drives")
    options = [
        "--split",
        "tune",
        "--first",
        "4",
        "--count",
        "2",
        "--seconds",
        "6",
        "--size",
        "64",
        "--workers",
        "1",
    ]
    assert run_app(["synth", "drives", "--out", str(folder), *options]) == 0
    return folder


@pytest.fixture(scope="module")
def ran(drives, tmp_path_factory):
    """A report of the default model, with low thresholds."""
    out = tmp_path_factory.mktemp("ran")
    assert evaluate(drives / "truth.csv", "driver", *LOW, "--curve", "-o", out) == 0
    return out


def test_a_set_of_drives_has_one_truth(drives):
    rows = read_table(drives / "truth.csv")

    assert {row.file.name for row in rows} == {f"drive-{FIRST}.mp4", f"drive-{FIRST + 1}.mp4"}
    assert {row.driver for row in rows} == {f"synthetic-{FIRST}", f"synthetic-{FIRST + 1}"}
    assert {row.split for row in rows} == {"val"}
    assert len({row.label for row in rows}) > 1
    for row in rows:
        with (drives / f"{row.file.stem}.truth.csv").open(newline="") as file:
            assert row.label in {line["label"] for line in csv.DictReader(file)}


def test_a_broken_set_goes_on_and_other_settings_are_refused(drives, tmp_path, capsys):
    folder = tmp_path / "set"
    shutil.copytree(drives, folder)
    kept, lost = folder / f"drive-{FIRST}.mp4", folder / f"drive-{FIRST + 1}.mp4"
    before, stamp = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()

    assert run_app(["synth", "drives", "--out", str(folder), *SET, "6"]) == 0
    assert lost.read_bytes() == before
    assert kept.stat().st_mtime_ns == stamp
    assert run_app(["synth", "drives", "--out", str(folder), *SET, "7"]) == 2
    assert "holds drives of other settings" in capsys.readouterr().err
    assert run_app(["synth", "drives", "--out", str(folder), "--split", "train"]) == 2
    assert "accepted are tune, test" in capsys.readouterr().err


def test_drives_that_are_not_complete_are_not_in_the_truth(drives, tmp_path):
    from edgevid_synth import write_drive_table

    shutil.copytree(drives, tmp_path / "set")
    (tmp_path / "set" / f"drive-{FIRST}.mp4").unlink()

    assert write_drive_table(tmp_path / "set") == 1


def test_a_model_is_run_and_scored(ran, drives):
    report = read_events_report(ran / "report.json")

    assert (report.num_drives, report.num_drivers) == (2, 2)
    assert report.hours == pytest.approx(12 / 3600, abs=1e-5)
    assert report.overall.num_truth == 2
    assert report.overall.num_events == sum(len(d.events) for d in report.drives) > 0
    assert report.groups["phone"] == ("texting_left", "texting_right", "phone_left", "phone_right")
    assert report.model.runs_on["backend"] == "onnxruntime"
    assert report.availability_seconds["ok"] > 0
    assert (ran / "timeline.png").exists()
    # The first behaviour of a drive begins with its approach, the delay counts from the hold.
    assert {row["label"] for row in _phases(drives) if row["phase"] == "approach"}


def _phases(folder):
    with (folder / f"drive-{FIRST}.phases.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_curve_falls_with_the_threshold_and_has_the_policys_own(ran):
    curve = read_events_report(ran / "report.json").curve

    assert [p.enter for p in curve] == sorted(p.enter for p in curve)
    assert [p.enter for p in curve if p.is_own] == [0.2]
    assert [p.exit / p.enter for p in curve] == pytest.approx([0.5] * len(curve), abs=0.01)
    assert curve[-1].false_per_hour_any < curve[0].false_per_hour_any
    assert (ran / "curve.png").exists()


def test_applying_a_policy_anew_gives_what_the_model_gives(ran, drives, tmp_path):
    """Events from stored predictions are byte for byte those of a run under that policy."""
    out = tmp_path / "out"
    assert evaluate(drives, "driver", "--profile", "research", "-o", out) == 0
    first = {path.name: path.read_bytes() for path in (out / "results").glob("*.jsonl")}
    assert evaluate(drives, "driver", *LOW, "-o", out) == 0

    for name, before in first.items():
        now = (out / "results" / name).read_bytes()
        assert now == (ran / "results" / name).read_bytes()
        assert now != before
    known, again = (read_events_report(path / "report.json") for path in (ran, out))
    assert again.model_copy(update={"curve": known.curve}) == known


def test_results_are_scored_as_they_are_or_under_another_policy(ran, drives, tmp_path):
    truth, results = drives / "truth.csv", ran / "results"
    asked = {
        "same": [truth, results],
        "again": [truth, results, *LOW],
        "other": [truth, *sorted(results.glob("*.jsonl")), "--profile", "coach", "--workers", 2],
        "default": [truth, results, "--reapply"],
    }
    for name, parts in asked.items():
        assert evaluate(*parts, "-o", tmp_path / name) == 0
    reports = {name: read_events_report(tmp_path / name / "report.json") for name in asked}
    known = read_events_report(ran / "report.json")

    assert reports["same"].overall == reports["again"].overall == known.overall
    assert reports["again"].mistakes == known.mistakes
    assert reports["other"].policy["name"] == "coach"
    assert reports["default"].policy["name"] == "fleet"
    assert reports["other"].overall != known.overall


def test_a_replay_in_memory_equals_the_file(ran):
    from edgevid_train.evaluation.events.policies import Engines, card_of, config_of, run_values

    path = ran / "results" / f"drive-{FIRST}.jsonl"
    recording = read_recording(path)
    card, warning = card_of(recording, None)
    engines = Engines(config_of(run_values(None, LOW[1:])).events, card)

    known, again = read_result(path), replay(recording, engines.make())

    assert warning is None
    assert known.events
    assert (again.events, again.availability) == (known.events, known.availability)
    assert again.policy == known.policy


def test_finished_drives_are_kept_and_stale_ones_are_not(drives, tmp_path):
    folder, out = tmp_path / "drives", tmp_path / "out"
    shutil.copytree(drives, folder)
    results = [out / "results" / f"drive-{n}.jsonl" for n in (FIRST, FIRST + 1)]
    assert evaluate(folder, "driver", "-o", out) == 0
    before = [path.read_bytes() for path in results]
    stamps = [path.stat().st_mtime_ns for path in results]

    assert evaluate(folder, "driver", "-o", out) == 0
    assert [path.stat().st_mtime_ns for path in results] == stamps

    # One was cut off, of the other the video is newer.
    results[0].write_bytes(before[0][:20])
    later = stamps[1] / 1e9 + 5
    os.utime(folder / f"drive-{FIRST + 1}.mp4", (later, later))
    assert evaluate(folder, "driver", "-o", out) == 0
    assert [path.read_bytes() for path in results] == before
    assert results[1].stat().st_mtime_ns != stamps[1]
    assert not list(out.rglob("*.part"))


def test_other_options_of_the_backend_are_another_run(drives, tmp_path):
    results = tmp_path / "results"
    assert evaluate(drives, "driver", "-o", tmp_path) == 0
    stamps = {path: path.stat().st_mtime_ns for path in results.glob("*.jsonl")}

    name = ("--set", "backend.name=onnxruntime", "--set", "backend.options.threads=1")
    assert evaluate(drives, "driver", "-o", tmp_path, *name) == 0

    assert all(path.stat().st_mtime_ns != stamp for path, stamp in stamps.items())


def test_a_drive_that_fails_is_named_and_the_others_are_done(drives, tmp_path, capsys):
    folder = tmp_path / "drives"
    shutil.copytree(drives, folder)
    rows = read_table(folder / "truth.csv")
    broken = folder / f"drive-{FIRST}.mp4"
    whole = broken.read_bytes()
    # Its header can still be read, its pictures cannot.
    at = whole.index(b"mdat")
    broken.write_bytes(whole[: at + 8] + bytes(len(whole) - at - 8))

    code = evaluate(folder / "truth.csv", "driver", "-o", tmp_path / "out", "--workers", 2)

    assert code == 2
    printed = capsys.readouterr().err
    assert f"1 of 2 drives failed, the others are written: {broken.name}: " in printed
    assert len(rows) > 2
    assert [p.stem for p in (tmp_path / "out" / "results").glob("*.jsonl")] == [
        f"drive-{FIRST + 1}"
    ]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A truth and a result with predictions of a model that is not installed."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", TABLE, ("x.mp4", 2, 6, "drinking", "anna", "test"))
    lines = [
        prediction(s / 8, (0.1, 0, 0, 0.9) if 16 <= s < 48 else (1, 0, 0, 0)) for s in range(80)
    ]
    write_lines(tmp_path / "r" / "x.jsonl", session("x.mp4"), *lines)
    write_lines(tmp_path / "bare.jsonl", session("x.mp4"), event("drinking", 2, 6, level=1))
    return tmp_path


def test_without_an_output_the_report_is_in_the_current_folder(small, capsys):
    assert run_app(["evaluate", "--events", "t.csv", "bare.jsonl"]) == 0

    assert "F1 1.00" in capsys.readouterr().out
    assert read_events_report(small / "report" / "report.json").overall.at[2].f1 == 1


def test_predictions_of_an_unknown_bundle_are_replayed_with_a_warning(small, capsys):
    assert run_app(["evaluate", "--events", "t.csv", "r", "--profile", "fleet", "-o", "out"]) == 0

    printed = capsys.readouterr()
    assert "the bundle of m 1 is not at hand" in printed.err
    report = read_events_report(small / "out" / "report.json")
    assert (report.overall.at[1].f1, report.overall.alerts[1].alerts) == (1, 1)
    assert report.policy["name"] == "fleet"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--events t.csv", "Missing argument"),
        ("t.csv", "got 1 arguments: t.csv; give MODEL TABLE"),
        ("--events none.csv r", "there is no such file or folder"),
        ("--events t.csv none.jsonl", "there is no such file; give event files"),
        ("--events t.csv drivr", "no such file and no such model"),
        ("--events t.csv default", "the default model is called driver"),
        ("default t.csv", "the default model is called driver"),
        ("roi_activity t.csv", "'roi_activity' ships no bundle"),
        ("--events t.csv driver r", "driver is a model; give one model"),
        ("--events t.csv driver", "1 of 1 videos are not there: x.mp4"),
        ("--events t.csv none.onnx", "none.onnx"),
        ("--events t.csv r --profile fleeet", "no profile 'fleeet'"),
        ("--events t.csv r --set sinks=[]", "an evaluation decides 'sinks' itself"),
        ("--events t.csv r --set model.options.x=1", "the results are there already"),
        ("--events t.csv r --set events.options.rules.enter=2", "enter"),
        ("--events t.csv r --bundle t.csv", "the results are scored as they are"),
        ("--events t.csv r --profile fleet --bundle t.csv", "t.csv"),
        ("--events t.csv r --profile fleet --bundle none.onnx", "none.onnx"),
        ("--events t.csv r --curve", "its policy 'p' is not built in"),
        ("--events t.csv bare.jsonl --reapply", "holds no predictions"),
        ("--events t.csv bare.jsonl --split val", "holds no segment of split val"),
        ("--events t.csv bare.jsonl --option fps", "write KEY=VALUE"),
        ("--events t.csv bare.jsonl -o t.csv", "the report cannot be written"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_line(small, arguments, message, capsys):
    assert run_app(["evaluate", *arguments.split()]) == 2

    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed
    assert message == "Missing argument" or printed.count("\n") == 1


@pytest.mark.slow
def test_a_killed_evaluation_leaves_whole_results_only(drives, tmp_path):
    command = [sys.executable, "-m", "edgevid", "evaluate", "--events", str(drives), "driver"]
    running = subprocess.Popen(
        [*command, "-o", str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    results = tmp_path / "results"
    while running.poll() is None and not list(results.glob(".*.part")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.02)
    running.kill()
    running.wait()

    for path in results.glob("*.jsonl"):
        assert read_result(path).predictions.seconds[-1] > 5.5
    assert evaluate(drives, "driver", "-o", tmp_path) == 0
    assert len(list(results.glob("*.jsonl"))) == 2


def test_events_are_evaluated_where_torch_is_not_installed(small):
    """The whole command, in a process in which importing these fails."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'torchvision', 'lightning', "
        "'numba'))); from edgevid.cli import main; "
        "main(['evaluate', '--events', 't.csv', 'r', '--profile', 'fleet', '-o', 'out'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert read_events_report(small / "out" / "report.json").overall.at[1].f1 == 1


def test_report_json_is_plain_json(ran):
    values = json.loads((ran / "report.json").read_text())

    assert values["events_report_version"] == 1
    assert {"overall", "per_group", "curve", "mistakes"} <= set(values)
