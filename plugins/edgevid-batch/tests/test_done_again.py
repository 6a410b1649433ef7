"""What a second run in the same folder does again, and what not."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest


def lines(out):
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def test_scores_that_cannot_be_read_back_are_made_again(batch, bundle, drives, copied):
    before = (copied / "events.parquet").read_bytes()
    # As a power cut leaves a file whose name was on the disk before its content.
    next(copied.rglob("scores.npz")).write_bytes(b"")
    code, result, _ = batch(drives, "--out", copied, "--model", bundle)

    assert (code, result["done"], result["scored_now"]) == (0, 5, 1)
    assert (copied / "events.parquet").read_bytes() == before


@pytest.mark.slow
def test_other_options_of_a_model_ask_for_other_scores(batch, drives, tmp_path):
    options = (
        drives / "a.mp4",
        "--out",
        tmp_path / "out",
        "--model",
        "roi_activity",
        "--no-report",
    )
    measure = ("--set", "model.options.measure=intensity")
    prominence = ("--set", "model.options.min_prominence=0.5")
    ids, scored = [], []
    for more in ((), measure, prominence, ()):
        result = batch(*options, *more)[1]
        scored.append(result["scored_now"])
        ids.append(pq.read_table(tmp_path / "out" / "drives.parquet")["model_id"][0].as_py())

    # The first ones are still there.
    assert scored == [1, 1, 1, 0]
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3


@pytest.mark.slow
def test_another_backend_scores_anew_and_is_not_mixed_with_the_first(batch, bundle, drives, copied):
    options = (drives / "a.mp4", "--out", copied, "--model", bundle, "--no-report")
    result = batch(*options, "--set", "backend.name=openvino")[1]
    threads = batch(*options, "--set", "backend.options.threads=1")[1]

    assert (result["runs_on"]["backend"], result["scored_now"]) == ("openvino", 1)
    assert threads["scored_now"] == 0


def test_every_line_says_content_size_model_and_policy(batch, bundle, drives, copied):
    first = lines(copied)
    batch(drives / "a.mp4", "--out", copied, "--model", bundle, "--profile", "coach")
    last = lines(copied)[-1]
    [before] = [e for e in first if (e["kind"], e["uri"]) == ("drive", str(drives / "a.mp4"))]

    assert {line["kind"] for line in first} == {"chunk", "drive"}
    for line in first:
        assert {"uri", "sha256", "size_bytes", "model", "policy", "state"} <= line.keys()
        assert line["sha256"] == hashlib.sha256(Path(line["uri"]).read_bytes()).hexdigest()
    assert len(lines(copied)) == len(first) + 1
    assert (last["kind"], last["sha256"]) == ("drive", before["sha256"])
    assert last["policy"] != before["policy"]


def test_a_report_that_is_not_wanted_any_more_goes(batch, bundle, drives, copied):
    assert (copied / "report.html").exists()
    batch(drives, "--out", copied, "--model", bundle, "--no-report")

    assert not (copied / "report.html").exists()


def test_results_within_the_archive_are_no_drives(batch, bundle, drives, tmp_path):
    archive = tmp_path / "archive"
    (archive / "results" / "evidence").mkdir(parents=True)
    for target in (archive / "a.mp4", archive / "results" / "evidence" / "clip.mp4"):
        target.write_bytes((drives / "a.mp4").read_bytes())
    result = batch(archive, "--out", archive / "results", "--model", bundle)[1]

    assert result["drives"] == 1


def test_a_manifest_that_cannot_be_written_is_one_line(batch, bundle, drives, tmp_path):
    (tmp_path / "out" / "manifest.jsonl").mkdir(parents=True)
    code, _, said = batch(drives / "a.mp4", "--out", tmp_path / "out", "--model", bundle)

    assert code == 2
    assert "manifest.jsonl: cannot be read and written: Is a directory" in said
    assert "bug" not in said
