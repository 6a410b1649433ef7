"""``edgevid batch`` from files to tables, and again after whatever stopped it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile

import pyarrow.parquet as pq
import pytest

from edgevid import RunConfig
from edgevid.pipeline import Pipeline
from tests.videos import write_video

TABLES = ("drives", "events", "availability", "scores")


def rows(folder, name):
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def tables(folder):
    return {name: (folder / f"{name}.parquet").read_bytes() for name in TABLES}


def command(drives, out, *more):
    return [sys.executable, "-m", "edgevid", "batch", str(drives), "--out", str(out), "--scores",
            "--workers", "2", "--backend", "onnxruntime", "--quiet", "--batch-size", "4",
            *map(str, more)]  # fmt: skip


def test_every_drive_gives_the_events_of_a_run(finished, bundle, drives, tmp_path):
    result, out = finished
    found = rows(out, "events")
    expected = []
    for path in sorted(p for p in drives.rglob("*") if p.is_file()):
        target = tmp_path / "run.jsonl"
        sinks = [{"name": "jsonl", "target": str(target)}]
        config = RunConfig(source=str(path), model=str(bundle), sinks=sinks)
        Pipeline.from_config(config).run()
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        closed = [e for e in lines if e["type"] == "event" and e["phase"] == "closed"]
        assert closed
        expected += [(str(path), e) for e in closed]

    assert (result["drives"], result["done"], result["failed"]) == (5, 5, {})
    assert {row["drive"] for row in rows(out, "drives")} == {
        str(p) for p in drives.rglob("*") if p.is_file()
    }
    assert [(e["drive"], e["id"]) for e in found] == [(d, e["id"]) for d, e in expected]
    for ours, (_, theirs) in zip(found, expected, strict=True):
        assert {k: ours[k] for k in ("label", "start_seconds", "end_seconds", "peak_score")} == {
            k: theirs[k] for k in ("label", "start_seconds", "end_seconds", "peak_score")
        }


@pytest.fixture
def whole(finished):
    """Tables of an undisturbed run."""
    assert len(rows(finished[1], "events")) > 5
    return tables(finished[1])


@pytest.mark.slow
def test_a_run_that_cuts_nothing_gives_the_same_bytes(batch, bundle, drives, whole, tmp_path):
    batch(drives, "--out", tmp_path, "--model", bundle, "--scores", "--chunk-seconds", 100)

    assert tables(tmp_path) == whole


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7])
def test_a_killed_run_is_resumed_to_the_same_bytes(bundle, drives, whole, tmp_path, after):
    out = tmp_path / "out"
    words = command(drives, out, "--model", bundle, "--chunk-seconds", 1)
    with subprocess.Popen(words) as process:
        manifest = out / "manifest.jsonl"
        while process.poll() is None:
            if manifest.exists() and manifest.read_bytes().count(b"\n") >= after:
                process.send_signal(signal.SIGKILL)
    before = manifest.read_bytes()
    manifest.write_bytes(before[:-7])
    subprocess.run(words, check=True, timeout=300)

    assert process.returncode == -signal.SIGKILL
    assert tables(out) == whole
    assert not list(out.rglob("*.part"))


@pytest.mark.slow
def test_only_what_is_missing_or_changed_is_done_again(batch, bundle, drives, tmp_path):
    mine, out = tmp_path / "drives", tmp_path / "out"
    shutil.copytree(drives, mine)
    options = ("--out", out, "--model", bundle, "--chunk-seconds", 2)
    first = batch(mine, *options)[1]
    again = batch(mine, *options, "--no-report")[1]
    write_video(mine / "a.mp4", seed=9)
    write_video(mine / "new.mp4", seed=10)
    (mine / "b.mkv").rename(mine / "renamed.mkv")
    changed = batch(mine, *options)[1]

    assert [r["scored_now"] for r in (first, again, changed)] == [5, 0, 2]
    assert changed["done"] == 6


def test_another_policy_needs_no_scoring(batch, bundle, drives, copied):
    before = rows(copied, "drives")[0]["policy_sha256"]
    result = batch(drives, "--out", copied, "--model", bundle, "--profile", "coach")[1]

    assert (result["done"], result["scored_now"]) == (5, 0)
    assert rows(copied, "drives")[0]["policy_sha256"] != before


def test_bad_files_are_listed_and_the_others_go_on(batch, bundle, tmp_path):
    folder = tmp_path / "drives"
    folder.mkdir()
    good = write_video(folder / "good.mp4")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("hello")
    (folder / "cut.mp4").write_bytes(good.read_bytes()[:3000])
    (folder / "noise.mkv").write_bytes(os.urandom(5000))
    (folder / "link.mp4").symlink_to(folder / "gone.mp4")
    code, result, _ = batch(folder, folder / "missing.mp4", "--out", tmp_path / "o", "-m", bundle)
    failed = {r["drive"].rpartition("/")[2]: r["error"] for r in rows(tmp_path / "o", "drives")
              if r["state"] == "failed"}  # fmt: skip

    assert code == len(failed) == 6
    assert result["done"] == 1
    for name, reason in {
        "empty.mp4": "is empty",
        "text.mp4": "holds text",
        "cut.mp4": "moov",
        "noise.mkv": "cannot be read as video",
        "link.mp4": "no such file",
        "missing.mp4": "no such file",
    }.items():
        assert reason in failed[name]


@pytest.mark.slow
def test_a_repaired_file_is_tried_again(batch, bundle, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("hello")
    options = ("--out", tmp_path / "out", "--model", bundle)
    assert batch(path, *options)[0] == 1
    write_video(path)
    code, result, _ = batch(path, *options)

    assert (code, result["scored_now"]) == (0, 1)


@pytest.mark.slow
def test_equal_files_are_scored_once(batch, bundle, tmp_path):
    one = write_video(tmp_path / "one.mp4")
    shutil.copy(one, tmp_path / "two.mp4")
    result = batch(tmp_path, "--out", tmp_path / "out", "--model", bundle)[1]

    assert (result["done"], result["scored_now"]) == (2, 1)


def test_two_runs_in_one_folder_are_refused(batch, bundle, drives, tmp_path):
    from edgevid_batch.manifest import BatchManifest

    with BatchManifest(tmp_path / "out"):
        code, _, output = batch(drives, "--out", tmp_path / "out", "--model", bundle)

    assert code != 0
    assert "another run works in it" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no drives given"),
        (("x.mp4",), "no out given"),
        (("{empty}", "--out", "o"), "no video there"),
        (("@{empty}/none.txt", "--out", "o"), "cannot be read"),
        (("x.mp4", "--out", "o", "--set", "chunk_second=1"), "did you mean chunk_seconds"),
        (("x.mp4", "--out", "{empty}", "--profile", "nice"), "nice"),
    ],
)
def test_what_is_not_accepted_is_one_line(tmp_path, monkeypatch, batch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    given = [word.format(empty=tmp_path / "empty") for word in arguments]
    code, _, output = batch(*given)

    assert code != 0
    assert message in output
    assert "Traceback" not in output


def test_names_that_yaml_would_take_for_something_else_stay_names(batch, bundle, drives, tmp_path):
    odd = tmp_path / "a: {b}.onnx"
    shutil.copy(bundle, odd)
    code, result, _ = batch(drives / "a.mp4", "--out", tmp_path / "out", "--model", odd)

    assert (code, result["done"]) == (0, 1)


def test_a_name_that_is_not_utf8_costs_that_drive_alone(batch, bundle, drives, tmp_path):
    folder = tmp_path / "drives"
    folder.mkdir()
    shutil.copy(drives / "a.mp4", os.fsencode(folder) + b"/caf\xe9.mp4")
    shutil.copy(drives / "b.mkv", folder)
    code, result, _ = batch(folder, "--out", tmp_path / "out", "--model", bundle)

    assert (code, result["done"]) == (1, 1)
    assert "is not UTF-8; rename it" in next(iter(result["failed"].values()))


@pytest.mark.slow
def test_a_list_and_a_glob_name_each_drive_once(batch, bundle, drives, tmp_path):
    (drives.parent / "list.txt").write_text(f"# mine\n\n{drives}/a.mp4\n{drives.name}/b.mkv\n")
    result = batch(
        f"@{drives.parent}/list.txt", f"{drives}/*.mp4", f"{drives}/**/*.ts",
        "--out", tmp_path / "out", "--model", bundle,
    )[1]  # fmt: skip

    assert (result["drives"], result["done"]) == (3, 3)


@pytest.mark.slow
def test_drives_that_lie_elsewhere_are_copied_first(batch, bundle, drives, tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.write(drives / "a.mp4", "day 1/a.mp4")
        archive.writestr("day 1/notes.txt", "no video")
    code, result, _ = batch(
        f"zip://*/*.mp4::file://{tmp_path}/archive.zip", f"file://{drives}/b.mkv",
        "--out", tmp_path / "out", "--model", bundle,
    )  # fmt: skip

    assert (code, result["done"], result["scored_now"]) == (0, 2, 2)


@pytest.mark.slow
def test_of_drives_that_lie_elsewhere_only_changed_ones_are_done_again(bundle, drives, tmp_path):
    url, cache = f"zip://*::file://{tmp_path}/archive.zip", tmp_path / "out" / "cache"
    words = command(url, tmp_path / "out", "--model", bundle, "--no-report", "--json")

    def scored(*names):
        with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
            for number, name in enumerate(names):
                archive.write(drives / name, f"{number}.mp4")
        done = subprocess.run(words, check=True, capture_output=True, timeout=300)
        copies = [path.unlink() for path in cache.iterdir()]
        return json.loads(done.stdout)["scored_now"], len(copies)

    assert scored("a.mp4", "b.mkv") == (2, 2)
    assert scored("a.mp4", "b.mkv") == (0, 0)
    assert scored("a.mp4", "left/e.ts") == (1, 1)


def test_passwords_of_urls_are_not_written_down(batch, bundle, tmp_path):
    code, result, said = batch(
        "ftp://me:secret@127.0.0.1:9/a.mp4", "--out", tmp_path / "out", "--model", bundle
    )

    assert code != 0
    assert "secret" not in said + json.dumps(result)
    assert not any(b"secret" in f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())


@pytest.mark.slow
def test_a_full_disk_stops_cleanly_and_is_resumed(bundle, drives, whole, tmp_path):
    out = tmp_path / "out"
    words = command(drives, out, "--model", bundle, "--chunk-seconds", 1)
    # A limit on the size of any file is what a full disk looks like to a process.
    limited = ["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "bash", *words]
    stopped = subprocess.run(limited, capture_output=True, text=True, timeout=300, check=False)
    subprocess.run(words, check=True, timeout=300)

    assert stopped.returncode != 0
    assert "Traceback" not in stopped.stderr
    assert "run the same again" in stopped.stderr
    assert tables(out) == whole
