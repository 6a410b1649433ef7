"""Which drives are meant: what is searched, what is told as failed, what is left out."""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from edgevid_batch.drives import expand
from edgevid_batch.remote import version_of
from edgevid_batch.urls import url_of

from edgevid import ConfigError, SourceOpenError
from tests.web import serving

NOBODY = 65534
LOOK = """
import json, os, sys
from pathlib import Path
from edgevid_batch.copies import Copies
from edgevid_batch.drives import expand
def look(name):
    try:
        return str(Copies(Path("cache"), 0).local(name))
    except OSError as error:
        return str(error)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
found = expand(sys.argv[1:])
print(json.dumps([found, [look(name) for name in found]]))
"""


@pytest.fixture
def shared():
    """A folder that any user may enter; what is in it may be closed."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Some names in the current folder."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, "a.mp4", "sub/b.MKV", "sub/notes.txt", "sub/c.mp4/d.ts")


@pytest.fixture
def web_server(tmp_path):
    """The folder of a web server, its address, and what was asked for."""
    with serving(tmp_path) as (web, address):
        yield tmp_path, address, web.asked


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"drive")
    return folder


def as_nobody(folder, *given):
    """Expand as a user without rights; in names relative to the folder."""
    words = [sys.executable, "-c", LOOK.format(nobody=NOBODY), *given]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, looked = json.loads(done.stdout)
    # Whoever reads them is told why not, and of no other.
    assert looked == [
        f"{name}: permission denied; check who may read it" if "locked" in name else name
        for name in found
    ]
    return found


# What may not be looked at


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o000, 0o111])
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("locked", ["locked"]),
        (".", ["a.mp4", "locked"]),
        ("*", ["a.mp4", "locked"]),
        ("locked/*.mp4", None),
        ("**/*.mp4", ["a.mp4", "locked"]),
    ],
)
def test_a_folder_that_cannot_be_listed_is_told_with_the_bad_drives(shared, mode, given, found):
    write(shared, "a.mp4", "locked/b.mp4")
    (shared / "locked").chmod(mode)
    # What may not even be entered is told under the name that was given.
    expected = found or (["locked"] if mode else ["locked/*.mp4"])

    assert as_nobody(shared, given) == expected


def test_a_folder_that_can_be_listed_and_not_entered_gives_what_it_lists(shared):
    write(shared, "a.mp4", "locked/b.mp4", "locked/sub/c.mp4")
    (shared / "locked").chmod(0o444)

    assert as_nobody(shared, ".") == ["a.mp4", "locked/b.mp4", "locked/sub"]


def test_a_file_in_a_closed_folder_does_not_stop_the_others(shared):
    write(shared, "a.mp4", "locked/b.mp4", "locked/[1].mp4")
    (shared / "locked").chmod(0o000)
    given = ["a.mp4", "locked/[1].mp4", "locked/b.mp4"]

    assert as_nobody(shared, *given) == given


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "x" * 300 + "*.mp4", "a\0b.mp4"])
def test_a_name_that_no_file_can_have_does_not_stop_the_others(tree, name):
    (tree / "list.txt").write_text(f"{name}\na.mp4\n", "utf-8")

    assert expand([f"@{tree}/list.txt"]) == sorted([f"{tree}/{name}", f"{tree}/a.mp4"])
    assert version_of(name) is None


# Each file once


def test_linked_folders_are_searched_and_circles_end(tree, tmp_path_factory):
    other = write(tmp_path_factory.mktemp("other"), "far/e.mp4")
    (tree / "link").symlink_to(other, target_is_directory=True)
    (tree / "sub" / "up").symlink_to(tree, target_is_directory=True)
    (tree / "sub" / "self").symlink_to(".", target_is_directory=True)

    assert expand(["."]) == ["a.mp4", "link/far/e.mp4", "sub/b.MKV", "sub/c.mp4/d.ts"]


def test_a_folder_that_is_linked_twice_is_searched_under_its_first_name(tree):
    write(tree, "day 2/e.mp4", "day/f.mp4")
    (tree / "0").symlink_to("day 2", target_is_directory=True)
    (tree / "day 1").symlink_to("day", target_is_directory=True)

    found = expand(["."])

    assert found == ["0/e.mp4", "a.mp4", "day 1/f.mp4", "sub/b.MKV", "sub/c.mp4/d.ts"]


def test_a_file_with_two_spellings_is_taken_once_in_the_first_of_them(tree):
    (tree / "link.mp4").symlink_to("a.mp4")
    (tree / "z").symlink_to("sub", target_is_directory=True)

    assert expand(["a.mp4", f"{tree}/a.mp4", "./a.mp4", "link.mp4"]) == [f"{tree}/a.mp4"]
    assert expand(["link.mp4", "sub/../a.mp4", "a.mp4"]) == ["a.mp4"]
    assert expand(["z", "sub/b.MKV"]) == ["sub/b.MKV", "z/c.mp4/d.ts"]


# The folder of results


@pytest.mark.parametrize("leave_out", ["sub/results", "./sub/../link/results"])
def test_no_search_goes_into_the_folder_of_results(tree, leave_out):
    write(tree, "sub/results/cache/x.mp4", "sub/results.mp4")
    (tree / "link").symlink_to("sub", target_is_directory=True)
    kept = ["a.mp4", "link/b.MKV", "link/c.mp4/d.ts", "link/results.mp4"]

    assert expand(["."], leave_out=Path(leave_out)) == kept
    assert expand(["a.mp4", "sub/**/*.mp4"], leave_out=Path(leave_out)) == [
        "a.mp4", "sub/c.mp4/d.ts", "sub/results.mp4",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="no video there"):
        expand(["sub/results"], leave_out=Path(leave_out))


def test_a_file_of_the_folder_of_results_may_be_named(tree):
    write(tree, "results/evidence/x.mp4")

    assert expand(["results/evidence/x.mp4"], leave_out=Path("results")) == [
        "results/evidence/x.mp4"
    ]


@pytest.mark.parametrize("given", ["sub", "sub/*"])
def test_drives_may_lie_in_a_folder_of_the_folder_of_results(tree, given):
    assert expand([given], leave_out=Path()) == ["sub/b.MKV", "sub/c.mp4/d.ts"] + (
        ["sub/notes.txt"] if given == "sub/*" else []
    )


def test_results_among_the_drives_leave_the_drives(tree):
    write(tree, "cache/x.mp4", "evidence/y.mp4")

    assert expand(["."], leave_out=Path()) == ["a.mp4", "sub/b.MKV", "sub/c.mp4/d.ts"]
    assert expand(["*.mp4", "*/*.MKV"], leave_out=Path()) == ["a.mp4", "sub/b.MKV"]


# URLs


@pytest.mark.parametrize(
    ("given", "path", "name", "url"),
    [
        ("ftp://me:p@h:2/d/*.mp4", "/d/*.mp4", "/d/a.mp4", "ftp://me:p@h:2/d/a.mp4"),
        ("ftp://me:p@h", "/", "/a.mp4", "ftp://me:p@h/a.mp4"),
        ("ftp://me:p@h/d/", "/d", "/d/e/a.mp4", "ftp://me:p@h/d/e/a.mp4"),
        ("sftp://me@h/~x/**", "/~x/**", "/~x/a.mp4", "sftp://me@h/~x/a.mp4"),
        ("webhdfs://h:9870/d", "/d", "/d/a.mp4", "webhdfs://h:9870/d/a.mp4"),
        ("http://u:p@h/*.mp4", "http://u:p@h/*.mp4", "http://u:p@h/a.mp4", "http://u:p@h/a.mp4"),
        ("s3a://bucket/*.mp4", "bucket/*.mp4", "bucket/a.mp4", "s3a://bucket/a.mp4"),
        ("abfs://c@s.net/d/*", "c/d/*", "c/d/a.mp4", "abfs://c@s.net/d/a.mp4"),
        ("memory://d/*.mp4", "/d/*.mp4", "/d/a.mp4", "memory://d/a.mp4"),
        ("memory://", "", "/d/a.mp4", "memory:///d/a.mp4"),
        ("local:///d/../e", "/e", "/e/a.mp4", "local:///d/../e/a.mp4"),
        ("zip://*.mp4::http://u:p@h/a.zip?t=1", "*.mp4", "d.mp4",
         "zip://d.mp4::http://u:p@h/a.zip?t=1"),
        ("zip::file:///a.zip", "", "d.mp4", "zip://d.mp4::file:///a.zip"),
        ("zip:///day::s3://b/a.zip", "day", "day/d.mp4", "zip:///day/d.mp4::s3://b/a.zip"),
        ("simplecache::s3://b/*", "b/*", "b/a.mp4", "simplecache::s3://b/a.mp4"),
        ("odd://x/y", "elsewhere", "other/a.mp4", "odd://other/a.mp4"),
    ],
)  # fmt: skip
def test_what_a_file_system_leaves_out_of_names_stays_as_given(given, path, name, url):
    assert url_of(given, path, name) == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://me:secret@127.0.0.1:9/a.mp4",
        "http://me:secret@127.0.0.1:9/gone.mp4?token=SECRET",
        "http://me:secret@127.0.0.1:9/gone.mp4?a=*&b=[1]/x",
        "zip://a.mp4::http://127.0.0.1:9/gone.zip?token=SECRET",
        "memory://gone.mp4",
        "memory://gone",
    ],
)
def test_one_url_is_taken_as_it_is_though_it_is_not_there(url):
    assert expand([url]) == [url]


def test_wildcards_folders_and_queries_of_a_web_server(web_server):
    folder, address, asked = web_server
    write(folder, "a.mp4", "b.mp4", "[c].mp4", "notes.txt", "sub/d.mp4")

    assert expand([f"{address}/?.mp4"]) == [f"{address}/?.mp4"]
    assert expand([f"{address}/[c].mp4"]) == [f"{address}/[c].mp4"]
    assert expand([f"{address}/[ab].mp4?token=x"]) == [
        f"{address}/{name}.mp4?token=x" for name in "ab"
    ]
    assert expand([f"{address}/sub/"]) == [f"{address}/sub/d.mp4"]
    assert expand([f"{address}/notes.txt?token=x"]) == [f"{address}/notes.txt?token=x"]
    asked.clear()
    assert expand([f"{address}/a.mp4?token=x"]) == [f"{address}/a.mp4?token=x"]
    assert asked == []


def test_names_with_wildcards_in_them_are_found_as_such(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("[1].mp4", "1.mp4", "day[1]/a.mp4"):
            archive.writestr(name, b"drive")
    rest = f"::file://{tmp_path}/a.zip"

    assert expand([f"zip://[1].mp4{rest}"]) == [f"zip://[1].mp4{rest}"]
    assert expand([f"zip://day[1]{rest}"]) == [f"zip://day[1]/a.mp4{rest}"]
    assert expand([f"zip://[12].mp4{rest}"]) == [f"zip://1.mp4{rest}"]


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("http://me:hidden@127.0.0.1:9/*.mp4?token=hidden", SourceOpenError, "cannot be searched"),
        ("http://me:hidden@127.0.0.1:9/day#token=hidden", SourceOpenError, "cannot be searched"),
        ("ftp://me:hidden@127.0.0.1:9/*.mp4", SourceOpenError, "cannot be reached"),
        ("nonsense://me:hidden@h/*.mp4", SourceOpenError, "cannot be reached"),
        ("memory://*.mp4?token=hidden", ConfigError, "no video there"),
    ],
)
def test_what_cannot_be_searched_is_told_without_secrets(url, error, message):
    with pytest.raises(error, match=message) as refused:
        expand([url])

    assert "hidden" not in str(refused.value)


def test_a_server_that_refuses_a_listing_is_told_without_secrets(web_server):
    folder, address, _ = web_server
    (folder / "closed").mkdir()

    with pytest.raises(SourceOpenError, match=r"cannot be searched: .*403") as refused:
        expand([f"{address}/closed#token=hidden"])

    assert "hidden" not in str(refused.value)
