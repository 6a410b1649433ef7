import contextlib
import csv
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from edgevid_synth.dataset.clip_table import write_clip_table
from edgevid_synth.dataset.clips import POINTS, ClipSettings, write_clip, write_clips
from edgevid_synth.dataset.drives import write_drive
from edgevid_synth.description import SceneDescription
from edgevid_synth.labels import BACKGROUND, LABELS
from edgevid_synth.renderer import Renderer
from edgevid_synth.source import SyntheticDriveSource

from edgevid.cli.app import run_app

SMALL = ClipSettings(duration_seconds=2.0, rate_hz=4.0, size=48)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    for number in range(11):
        write_clip(folder, "train", number, SMALL)
    write_clip_table(folder, SMALL.rate_hz)
    return folder


@pytest.mark.slow
def test_each_clip_is_a_video_with_facts_about_every_frame(clips):
    videos = sorted((clips / "clips").glob("*.mp4"))

    assert len(videos) == 11
    for video in videos:
        with av.open(str(video)) as file:
            count = sum(1 for _ in file.decode(video=0))
        with np.load(video.with_suffix(".npz"), allow_pickle=False) as annotations:
            assert annotations["label"].shape == (count,) == (8,)
            assert annotations["points"].shape == (8, len(POINTS), 2)
            assert set(annotations["phase"]) <= {0, 1, 2}


def read_rows(table):
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_table_holds_only_what_is_held(clips):
    rows = read_rows(clips / "table.csv")

    assert list(rows[0]) == [
        "file", "start_seconds", "end_seconds", "label", "driver", "split", "kind",
    ]  # fmt: skip
    assert {(row["split"], row["kind"]) for row in rows} == {("train", "video")}
    assert {row["label"] for row in rows} <= set(LABELS)
    assert len({row["label"] for row in rows} - {BACKGROUND}) >= 8
    for row in rows:
        file = (clips / row["file"]).with_suffix(".npz")
        with np.load(file, allow_pickle=False) as annotations:
            first, last = (round(float(row[f"{end}_seconds"]) * 4) for end in ("start", "end"))
            assert set(annotations["label"][first:last]) == {LABELS.index(row["label"])}
            assert set(annotations["phase"][first:last]) == {1}


@pytest.mark.slow
def test_a_broken_run_goes_on_and_makes_the_same_clips(clips, tmp_path):
    """What is there stays untouched; what is missing comes out as it would have."""
    kept = clips / "clips" / "train-0000003.mp4"
    lost = clips / "clips" / "train-0000004.mp4"
    before, stamp = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()

    write_clips(clips, "train", range(11), SMALL, workers=1)

    assert lost.read_bytes() == before
    assert kept.stat().st_mtime_ns == stamp
    assert not list((clips / "clips").glob("*.part"))


@pytest.mark.slow
def test_splits_never_show_the_same_person(clips, tmp_path):
    for number in range(2):
        write_clip(tmp_path, "test", number, SMALL)
    write_clip_table(tmp_path, SMALL.rate_hz)

    train = {row["driver"] for row in read_rows(clips / "table.csv")}
    test = {row["driver"] for row in read_rows(tmp_path / "table.csv")}
    assert train.isdisjoint(test)


@pytest.mark.slow
def test_a_drive_comes_with_its_truth(tmp_path):
    description = SceneDescription(seed=4, size=48, supersampling=1, duration_seconds=6)

    path = write_drive(tmp_path, description, 5.0)

    with av.open(str(path)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 30
        assert float(file.streams.video[0].average_rate) == 5
    with path.with_name("drive-0000004.truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["start_seconds", "end_seconds", "label"]
    assert float(rows[-1]["end_seconds"]) == 6


def test_the_packed_body_says_where_it_comes_from():
    from importlib import resources

    folder = resources.files("edgevid_synth.body")
    notice = folder.joinpath("NOTICE").read_text()

    assert "CC0 1.0" in notice
    assert "bad70bdc" in notice
    with folder.joinpath("body.npz").open("rb") as file:
        assert len(zipfile.ZipFile(file).namelist()) == 11


@pytest.mark.slow
def test_the_commands_render(tmp_path, capsys):
    sheet, drives = tmp_path / "s.png", tmp_path / "drives"

    assert run_app(f"synth sheet -o {sheet} --count 2 --columns 2 --size 48".split()) == 0
    assert run_app(f"synth drive -o {drives} --seconds 2 --size 48 --seed 3".split()) == 0

    assert cv2.imread(str(sheet)).shape == (48, 96, 3)
    assert (drives / "drive-0000003.truth.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("synth clips -o {} --split trian", "accepted are train, val, test"),
        ("synth drive -o {} --light dawn", "light: Input should be"),
        ("synth sheet -o {}/sheet.gif --count 1", "ends in one of"),
        ("run synthetic:?label=sleeping --json", "label 'sleeping' is not one of safe_driving"),
        ("run synthetic:7 --json", "synthetic:?seed=7"),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_line(arguments, message, tmp_path, capsys):
    assert run_app(arguments.format(tmp_path).split()) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_the_source_renders_what_the_scene_shows():
    source = SyntheticDriveSource(
        SyntheticDriveSource.Options(seed=3, seconds=1.0, fps=4, size=64), ""
    )

    info = source.open()
    grabbed = [source.grab() for _ in range(4)]
    last = source.retrieve()

    assert (info.num_frames, info.rate_hz, info.width) == (4, 4.0, 64)
    assert [g.pts_seconds for g in grabbed] == [0, 0.25, 0.5, 0.75]
    assert source.grab() is None
    scene = Renderer(SceneDescription(seed=3, duration_seconds=1.0, size=64))
    assert np.array_equal(last, scene.frame(0.75).image)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killing_the_command_leaves_no_worker_behind(number, tmp_path):
    """Workers follow their parent, their files are whole, and no leak is reported."""
    command = [sys.executable, "-m", "edgevid", "synth", "clips", "--out", str(tmp_path)]
    options = ["--count", "400", "--size", "48", "--seconds", "1", "--workers", "1"]
    running = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "clips"
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.mp4")) and time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.1)
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    running.send_signal(number)

    assert children
    while any(Path(f"/proc/{child}").exists() for child in children):
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.05)  # Reaps it, so that its children are reaped too.
        assert time.monotonic() < deadline, "a worker outlived its parent"
    _, errors = running.communicate()
    if number == signal.SIGTERM:
        assert (running.returncode, errors) == (143, "")
    for video in folder.glob("train-*.mp4"):
        with av.open(str(video)) as file:
            assert sum(1 for _ in file.decode(video=0)) == 8
