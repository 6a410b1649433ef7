from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edgevid.io import FileLock, is_locked

_HOLD = """
import sys
from pathlib import Path
from edgevid.io import FileLock
lock = FileLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["events.db", "x" * 255, "größe\udcff"])
def test_a_file_is_locked_by_one_at_a_time(tmp_path, name):
    path = tmp_path / name
    with FileLock(path):
        assert is_locked(path)
        with pytest.raises(BlockingIOError, match="another run is using it"):
            FileLock(path, 0.05)
    assert not is_locked(path)
    FileLock(path).release()
    assert names(tmp_path) == []


def test_a_folder_is_locked_inside_itself(tmp_path):
    with FileLock(tmp_path):
        assert names(tmp_path) == [".lock"]
        assert is_locked(tmp_path)
    assert names(tmp_path) == []


def test_another_name_of_a_file_is_the_same_lock(tmp_path):
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("a")
    with FileLock(tmp_path / "a"):
        assert is_locked(tmp_path / "b")


def test_another_thread_may_release_it(tmp_path):
    lock = FileLock(tmp_path / "a")
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    assert not is_locked(tmp_path / "a")


def test_a_waiting_run_gets_it_in_the_end(tmp_path):
    lock = FileLock(tmp_path / "a")
    timer = threading.Timer(0.1, lock.release)
    timer.start()
    with FileLock(tmp_path / "a", 30):
        assert not lock._lock.is_locked
    timer.join()


@pytest.mark.slow
def test_a_killed_process_holds_no_lock(tmp_path):
    path = tmp_path / "a"
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout.readline() == b"held\n"
        assert is_locked(path)
        with pytest.raises(BlockingIOError, match="another run is using it"):
            FileLock(path)
        child.kill()
    assert not is_locked(path)
    assert names(tmp_path) == []


def test_a_folder_that_takes_no_files_is_an_error_at_once():
    with pytest.raises(FileNotFoundError, match=r"/proc/\.e\.db\.lock"):
        FileLock(Path("/proc/e.db"), 60)
