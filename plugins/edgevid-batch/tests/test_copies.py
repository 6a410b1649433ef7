"""Copies of drives that lie elsewhere: what is kept, what is made anew, what goes."""

import errno
import json
import os
import pickle
import subprocess
import sys
import zipfile

import pytest
from edgevid_batch.copies import Copies, CopiesFullError
from edgevid_batch.drives import expand
from edgevid_batch.remote import describe_error, file_system, version_of

from edgevid import SourceOpenError
from tests.web import serving

LONG_AGO = 1_000_000_000


@pytest.fixture
def archive(tmp_path):
    """Three drives of 1000 bytes, as URLs of fsspec."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.mp4").write_bytes(name.encode() * 1000)
    return f"local://{folder}"


def test_a_drive_is_copied_once_and_again_when_it_has_changed(archive, tmp_path):
    copies = Copies(tmp_path / "cache", 10_000)
    first = copies.local(f"{archive}/a.mp4")
    inode = first.stat().st_ino
    again = copies.local(f"{archive}/a.mp4")
    (tmp_path / "archive" / "a.mp4").write_bytes(b"new")

    assert (again, again.stat().st_ino) == (first, inode)
    assert first.read_bytes() == b"a" * 1000
    assert copies.local(f"{archive}/a.mp4").read_bytes() == b"new"


def test_what_was_not_used_for_longest_goes(archive, tmp_path):
    copies = Copies(tmp_path / "cache", 2000)
    a, b = (copies.local(f"{archive}/{name}.mp4") for name in "ab")
    os.utime(a, (LONG_AGO + 1, LONG_AGO + 1))
    os.utime(b, (LONG_AGO, LONG_AGO))
    c = copies.local(f"{archive}/c.mp4")

    assert (a.exists(), b.exists(), c.exists()) == (True, False, True)


def test_what_is_in_use_stays_though_it_is_too_much(archive, tmp_path):
    copies = Copies(tmp_path / "cache", 1)
    paths = [copies.local(f"{archive}/{name}.mp4") for name in "abc"]

    assert all(path.exists() for path in paths)


def test_what_cannot_be_copied_leaves_nothing(archive, tmp_path):
    copies = Copies(tmp_path / "cache", 10_000)
    with pytest.raises(SourceOpenError, match=r"gone\.mp4: not given by its storage"):
        copies.local(f"{archive}/gone.mp4")

    with pytest.raises(SourceOpenError, match=r"gone\.mp4: cannot be copied"):
        copies.local(f"{archive}/gone.mp4", "1")

    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("prefix", ["", "file://", "local://"])
def test_a_version_changes_with_the_content_and_not_by_reading(tmp_path, prefix):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"one")
    uri = f"{prefix}{path}"
    before = version_of(uri)
    os.utime(path, ns=(0, path.stat().st_mtime_ns))
    read = version_of(uri)
    path.write_bytes(b"three")

    assert before is not None
    assert (read == before, version_of(uri) == before) == (True, False)
    assert version_of(f"{uri}.gone") is None


@pytest.fixture
def web(tmp_path):
    """A web server on a folder, and its address."""
    (tmp_path / "web").mkdir()
    with serving(tmp_path / "web") as found:
        yield found


@pytest.fixture
def server(web, tmp_path):
    """The folder of a web server, its address, and what was asked for."""
    return tmp_path / "web", web[1], web[0].asked


@pytest.mark.parametrize("query", ["", "?token=ab/hidden", "?a=b/c&X-Amz-Signature=hidden/hidden"])
def test_what_a_url_hides_is_in_no_name_and_no_message(server, tmp_path, query):
    folder, address, _ = server
    name = "поездка" * 12 + ".mp4"
    (folder / name).write_bytes(b"drive")
    copies = Copies(tmp_path / "cache", 10_000)
    copy = copies.local(f"{address}/{name}{query}")
    with pytest.raises(SourceOpenError, match=r"gone\.mp4") as refused:
        copies.local(f"{address}/gone.mp4{query}")

    assert copy.read_bytes() == b"drive"
    assert copy.name.endswith("поездка.mp4")
    assert "hidden" not in f"{copy.name} {refused.value}"


def test_another_date_is_another_version_though_the_size_is_the_same(server, tmp_path):
    folder, address, _ = server
    copies, drive = Copies(tmp_path / "cache", 10_000), folder / "a.mp4"
    found = []
    for content, at in ((b"one", LONG_AGO), (b"two", LONG_AGO + 60)):
        drive.write_bytes(content)
        os.utime(drive, (at, at))
        found.append(copies.local(f"{address}/a.mp4").read_bytes())

    assert found == [b"one", b"two"]


def test_a_copy_of_a_known_version_needs_no_network(server, tmp_path):
    folder, address, asked = server
    (folder / "a.mp4").write_bytes(b"one")
    url, copies = f"{address}/a.mp4", Copies(tmp_path / "cache", 10_000)
    version = version_of(url)
    first = copies.local(url, version)
    asked.clear()

    assert (copies.local(url, version), asked) == (first, [])


def test_a_folder_is_no_drive(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.mp4", b"drive")
        archive.writestr("day.mp4/b.mp4", b"drive")
    url = f"::file://{tmp_path}/a.zip"

    assert expand([f"zip://*{url}"]) == [f"zip://a.mp4{url}"]
    with pytest.raises(SourceOpenError, match="it is no file"):
        Copies(tmp_path / "cache", 0).local(f"zip://day.mp4{url}", "1")


# A full disk

FILL = """
import json, pickle, resource, signal, sys
from pathlib import Path
from edgevid_batch.copies import Copies
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    Copies(Path(sys.argv[1]), 10**9).local(sys.argv[2])
except Exception as error:
    sent = pickle.loads(pickle.dumps(error))
    print(json.dumps([type(sent).__name__, sent.errno, str(sent)]))
"""


@pytest.mark.parametrize("protocol", ["zip", "http"])
def test_a_full_disk_is_no_fault_of_the_drive(server, tmp_path, protocol):
    folder, address, _ = server
    (folder / "a.mp4").write_bytes(bytes(100_000))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(folder / "a.mp4", "a.mp4")
    uri = f"{address}/a.mp4" if protocol == "http" else f"zip://a.mp4::file://{tmp_path}/a.zip"
    # A limit on the size of any file is what a full disk looks like to a process.
    words = [sys.executable, "-c", FILL, str(tmp_path / "cache"), uri]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    kind, number, text = json.loads(done.stdout)

    assert (kind, number) == ("CopiesFullError", errno.EFBIG)
    assert text == f"{tmp_path}/cache takes no more: {os.strerror(errno.EFBIG)}"
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_full_disk_can_be_told_by_another_process():
    error = CopiesFullError(errno.ENOSPC, "results/cache takes no more")
    sent = pickle.loads(pickle.dumps(error))

    assert (type(sent), sent.errno, sent.strerror) == (
        CopiesFullError, errno.ENOSPC, "results/cache takes no more",
    )  # fmt: skip


# What changes in the meantime


def test_what_has_changed_is_not_kept_as_what_it_was(server, tmp_path):
    folder, address, _ = server
    url, copies = f"{address}/a.mp4?token=hidden", Copies(tmp_path / "cache", 10_000)
    (folder / "a.mp4").write_bytes(b"one")
    version = version_of(url)
    copies.local(url, version).unlink()
    (folder / "a.mp4").write_bytes(b"three")
    with pytest.raises(SourceOpenError, match="changed while the batch was running") as refused:
        copies.local(url, version)

    assert "hidden" not in str(refused.value)
    assert list((tmp_path / "cache").iterdir()) == []
    assert copies.local(url).read_bytes() == b"three"


def test_what_changes_while_it_is_copied_is_not_kept(web, tmp_path):
    server, address = web
    drive, copies = tmp_path / "web" / "a.mp4", Copies(tmp_path / "cache", 10_000)
    drive.write_bytes(b"one")
    # At the first GET, which asks whether it is there.
    server.changes["/a.mp4"] = lambda: drive.write_bytes(b"three")
    with pytest.raises(SourceOpenError, match="run the same again"):
        copies.local(f"{address}/a.mp4")

    assert list((tmp_path / "cache").iterdir()) == []


def test_what_cannot_be_asked_after_it_was_copied_is_not_kept(web, tmp_path):
    server, address = web
    drive, copies = tmp_path / "web" / "a.mp4", Copies(tmp_path / "cache", 10_000)
    drive.write_bytes(b"one")
    version = version_of(f"{address}/a.mp4")
    # The first GET asks whether it is there, the second one fetches it.
    server.changes["/a.mp4"] = lambda: server.changes.update({"/a.mp4": drive.unlink})
    with pytest.raises(SourceOpenError, match="not given by its storage"):
        copies.local(f"{address}/a.mp4", version)

    assert list((tmp_path / "cache").iterdir()) == []


# Slow servers


@pytest.mark.parametrize("before", ["", "simplecache::", "zip://a.mp4::simplecache::"])
def test_a_copy_by_http_may_take_as_long_as_it_takes(server, before):
    folder, address, _ = server
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.mp4", b"drive")
    system, _ = file_system(f"{before}{address}/a.zip")
    outer = system.of.fs if before.startswith("zip") else system
    by_http = outer.fs if before else outer
    by_http.ls(address)
    limits = by_http._session.timeout

    assert by_http.protocol == ("http", "https")
    assert (limits.total, limits.sock_connect, limits.sock_read) == (None, 60, 60)


def test_what_fsspec_is_configured_with_holds_too(server, monkeypatch):
    import fsspec

    monkeypatch.setitem(fsspec.config.conf, "http", {"client_kwargs": {"trust_env": True}})
    system, _ = file_system(f"{server[1]}/a.mp4")

    assert system.client_kwargs["trust_env"] is True
    assert system.client_kwargs["timeout"].total is None


def test_an_error_without_words_is_told_by_its_name():
    error = TimeoutError()
    error.__cause__ = OSError("nothing came for 60 s")

    assert describe_error(TimeoutError()) == "TimeoutError"
    assert describe_error(error) == "TimeoutError: nothing came for 60 s"
    assert describe_error(OSError("http://me:hidden@host gone")) == "http://me:***@host gone"
