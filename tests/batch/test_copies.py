"""Copies of drives that lie elsewhere: what is kept, what is made anew, what goes."""

import functools
import os
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edgevid import SourceOpenError
from edgevid.batch.copies import Copies
from edgevid.batch.drives import expand
from edgevid.batch.remote import version_of

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
def server(tmp_path):
    """A web server on a folder; gives its address, and what was asked for."""
    folder, asked = tmp_path / "web", []
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            asked.append(self.command)

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    ) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield folder, f"http://me:hidden@127.0.0.1:{web.server_port}", asked
        finally:
            web.shutdown()
            thread.join()


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
