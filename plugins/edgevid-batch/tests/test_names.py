"""What drives are called in results."""

import shutil

import pyarrow.parquet as pq
import pytest
from edgevid_batch.names import name_of, names_of


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("hive/passenger=0/a.mp4", "hive/passenger=0/a.mp4"),
        ("token=5/key=1.mp4", "token=5/key=1.mp4"),
        ("caf\udce9.mp4", "caf\\udce9.mp4"),
        ("ftp://me:hidden@host/a.mp4", "ftp://me:***@host/a.mp4"),
        ("https://host/a.mp4?sig=abc&day=2", "https://host/a.mp4?sig=***&day=2"),
    ],
)
def test_paths_keep_their_names_and_urls_lose_their_secrets(uri, name):
    assert name_of(uri) == name


def test_no_two_drives_have_one_name():
    uris = [
        "https://host/get?key=1", "https://host/get?key=2", "https://host/b.mp4",
        "caf\udce9.mp4", "caf\\udce9.mp4",
    ]  # fmt: skip
    names = names_of(uris)

    assert len(set(names.values())) == len(uris)
    assert names["https://host/b.mp4"] == "https://host/b.mp4"
    assert names["https://host/get?key=1"].startswith("https://host/get?key=***#")
    assert names == names_of(reversed(uris))


@pytest.mark.slow
def test_folders_that_look_like_secrets_keep_their_drives_apart(batch, bundle, drives, tmp_path):
    hive = tmp_path / "hive"
    for folder, name in (("passenger=0", "a.mp4"), ("passenger=1", "b.mkv")):
        (hive / folder).mkdir(parents=True)
        shutil.copy(drives / name, hive / folder)
    code, result, _ = batch(hive, hive / "key=1.mp4", "--out", tmp_path / "out", "--model", bundle)
    found = pq.read_table(tmp_path / "out" / "drives.parquet").to_pylist()

    assert (code, result["done"], result["scored_now"]) == (1, 2, 2)
    assert {row["drive"]: row["state"] for row in found} == {
        f"{hive}/passenger=0/a.mp4": "done",
        f"{hive}/passenger=1/b.mkv": "done",
        f"{hive}/key=1.mp4": "failed",
    }
    assert len({row["sha256"] for row in found}) == 3
    assert result["failed"] == {f"{hive}/key=1.mp4": f"{hive}/key=1.mp4: no such file"}
