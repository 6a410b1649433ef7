import signal
import subprocess
import sys

import pytest
from edgevid_train.data.table import read_table, write_table

from edgevid.cli.app import run_app


def command(*arguments):
    return [sys.executable, "-m", "edgevid", *map(str, arguments)]


def edgevid(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=100)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_ctrl_c_says_how_to_go_on_and_the_run_goes_on(square_table, small_training, tmp_path):
    many = ["--set", "optimiser.epochs=500", "--no-export"]
    process = subprocess.Popen(
        command("-v", *small_training(tmp_path / "run"), *many),
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "epoch 2 of 500" in line:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in errors
    assert "--resume continues after the last whole epoch" in errors.splitlines()[-1]

    fewer = ["--set", "optimiser.epochs=3", "--no-export"]
    again = ["train", str(square_table), "-o", str(tmp_path / "run"), "--resume", *fewer]
    assert run_app(again) == 0
    assert (tmp_path / "run" / "model.safetensors").is_file()
    assert run_app([*again, "--from", "driver"]) == 2


@pytest.fixture
def folders(square_table, tmp_path):
    """A full folder, a file, a recipe that is none, and tables that are no good."""
    segments = read_table(square_table)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "list.yaml").write_text("[1]")
    shared = [s.__class__(s.file, 0, None, s.label, "anna", s.split) for s in segments]
    write_table(tmp_path / "leak.csv", shared)
    write_table(tmp_path / "one.csv", [s for s in segments if s.label == "smoking"])
    write_table(tmp_path / "noval.csv", [s for s in segments if s.split == "train"])
    return tmp_path


WRONG = [
    (["TABLE", "-o", "full"], "full: is not empty; give another folder, or --resume"),
    (["leak.csv", "-o", "new"], "the splits leak: driver 'anna' (train, val)"),
    (["TABLE", "-o", "new", "--recipe", "drivr"], "did you mean driver? give a YAML file, or"),
    (
        ["TABLE", "-o", "new", "--recipe", "x"],
        "or one of driver, finetune, see, single_frame, watch",
    ),
    (["TABLE", "-o", "new", "--recipe", "none.yaml"], "none.yaml: No such file"),
    (["TABLE", "-o", "new", "--recipe", "list.yaml"], "a recipe is a mapping of keys, not list"),
    (["TABLE", "-o", "list.yaml"], "list.yaml: is not a folder"),
    (["TABLE", "-o", "list.yaml/run"], "list.yaml/run"),
    (["none.csv", "-o", "new"], "none.csv"),
    (["noval.csv", "-o", "new", "--classes-from-table"], "no segments of split 'val'"),
    (["one.csv", "-o", "new", "--classes-from-table"], "one label only, 'smoking'"),
    (["TABLE", "-o", "new", "--resume"], "holds no run to go on with; leave out --resume"),
    (["TABLE", "-o", "full", "--resume"], "holds no run to go on with"),
    (["TABLE", "-o", "new", "--from", "none.safetensors"], "none.safetensors: no such checkpoint"),
    (["TABLE", "-o", "new", "--from", "default"], "the default model is called driver"),
    (["TABLE", "-o", "new", "--from", "roi_activity"], "'roi_activity' ships no bundle"),
    (["TABLE", "-o", "new", "--set", "epochs"], "--set epochs: write KEY.KEY=VALUE"),
    (["TABLE", "-o", "new", "--set", ".a=1"], "--set .a=1: write KEY.KEY=VALUE"),
    (["TABLE", "-o", "new", "--set", "name.x.y=1"], "name holds no further keys"),
    (["TABLE", "-o", "new", "--set", "name=[a"], "the value is not YAML"),
    (["TABLE", "-o", "new", "--set", "optimiser.epoch=1"], "optimiser.epoch: unknown key"),
    (["TABLE", "-o", "new", "--set", "data=1", "--classes-from-table"], "data: must be a dict"),
    (["TABLE", "-o", "new", "--set", "teacher.weight=1"], "teacher.checkpoint: is required"),
    (["TABLE", "-o", "new", "--set", "data.class_names=[a,safe_driving]"], "'drinking' is not k"),
    (["TABLE", "-o", "new", "--set", "network.architecture=tsm"], "tsm"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_bad_input_is_one_clear_line(
    square_table, folders, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(folders)
    words = [str(square_table) if word == "TABLE" else word for word in arguments]

    assert run_app(["train", *words]) == 2

    output, errors = capsys.readouterr()
    assert output == ""
    assert len(errors.strip().splitlines()) == 1
    assert message in errors
    assert not (folders / "new").exists()


@pytest.mark.parametrize(("arguments", "message"), WRONG[:1])
def test_a_process_says_the_same(square_table, folders, monkeypatch, arguments, message):
    monkeypatch.chdir(folders)
    done = edgevid("train", *(square_table if word == "TABLE" else word for word in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert message in done.stderr
