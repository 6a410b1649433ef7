"""A batch says where its time went."""

import pyarrow.parquet as pq
import pytest

from edgevid.cli.app import run_app


def test_a_run_accounts_for_its_time_and_a_second_one_for_its_own(
    batch, bundle, drives, finished, copied
):
    result, _ = finished
    timings = result["timings"]
    rows = pq.read_table(copied / "drives.parquet").to_pylist()

    # Cut drives are scored a little more than once.
    assert timings["frames_scored"] >= sum(row["frames_scored"] for row in rows)
    seconds = sum(row["duration_seconds"] for row in rows)
    assert 0.8 * seconds < timings["video_hours"] * 3600 <= seconds
    assert timings["survey_core_seconds"] > 0
    assert timings["decode_core_seconds"] > 0
    assert 0 < timings["inference_seconds"] < timings["wall_seconds"]
    assert 0 < timings["tables_seconds"] < timings["wall_seconds"]
    assert 1 <= timings["mean_batch"] <= result["batch_size"]

    _, result, _ = batch(drives, "--out", copied, "--model", bundle, "--no-report")
    again = result["timings"]
    assert (again["frames_scored"], again["decode_core_seconds"], again["video_hours"]) == (0, 0, 0)
    assert again["wall_seconds"] > 0


@pytest.mark.slow
def test_the_table_says_it_in_words(bundle, drives, tmp_path, capsys):
    words = ["batch", drives / "a.mp4", "--out", tmp_path / "out", "--model", bundle]
    run_app([*map(str, words), "--workers", "1", "--backend", "onnxruntime"])

    printed = " ".join(capsys.readouterr().out.split())
    assert "hours of video" in printed
    assert "into decoding" in printed
