from __future__ import annotations

import os
import threading

import pytest

from edgevid.io import atomic_path, write_atomic

from ..full_disk import full_disk


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"a longer old content")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.json"]


def test_the_new_file_is_beside_the_old_one_until_the_block_ends(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with atomic_path(path, durable=False) as temporary:
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".part")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failed_block_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def encode():
        with atomic_path(path) as temporary:
            temporary.write_bytes(b"half")
            raise error("encoder")

    with pytest.raises(error, match="encoder"):
        encode()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with full_disk(2), pytest.raises(OSError, match="File too large"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


def test_a_target_that_cannot_be_replaced_leaves_nothing(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a\.json"):
        write_atomic(tmp_path / "a.json", b"new")
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_those_of_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_atomic(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_the_umask_is_never_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "umask", None)
    write_atomic(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


def test_many_threads_may_write_one_file(tmp_path):
    path = tmp_path / "a"
    contents = [bytes([65 + number]) * 5000 for number in range(8)]
    threads = [
        threading.Thread(target=write_atomic, args=(path, content), kwargs={"durable": False})
        for content in contents
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["x" * 255, "ä" * 127, "größe\udcff.json"])
def test_every_name_that_a_file_system_takes_is_written(tmp_path, name):
    write_atomic(tmp_path / name, b"x")
    assert names(tmp_path) == [name]
