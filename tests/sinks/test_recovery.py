"""A run that was killed leaves whole lines, and the next one closes what it left open, once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgevid.default_plugins.sinks.csv import CsvSink
from edgevid.default_plugins.sinks.jsonl import JsonlSink
from edgevid.errors import SinkError
from edgevid.testing.values import make_event, make_run_info
from tests.sinks.killed import event, feed, live_session, run_and_kill

CUT_OFF = "the run was cut off"


def jsonl(path, **options):
    return JsonlSink(JsonlSink.Options(**options), str(path))


def lines(path):
    """All but the line that says where a run ended: a killed one has none."""
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [line for line in found if line["type"] != "end"]


def events(path, phase="closed"):
    return [r for r in lines(path) if r["type"] == "event" and r["phase"] == phase]


@cache
def whole_file() -> bytes:
    """Two runs in one file, the second one cut off in the middle of an event."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.jsonl"
        for run_id in ("r1", "r2"):
            with jsonl(path, predictions=True) as sink:
                feed(sink, live_session(run_id), f"電話 {run_id}-")
        return path.read_bytes()


@pytest.mark.slow
def test_a_killed_run_is_closed_once_by_the_next(tmp_path):
    path = tmp_path / "e.jsonl"
    run_and_kill("jsonl", path)
    assert [e["id"] for e in events(path)] == ["r1-whole"]
    for run_id in ("r2", "r3"):
        with jsonl(path) as sink:
            sink.open(live_session(run_id))

    closed = {e["id"]: e for e in events(path)}
    assert [e["id"] for e in events(path)] == ["r1-whole", "r1-cut"]
    assert (closed["r1-cut"]["reason"], closed["r1-cut"]["end_seconds"]) == (CUT_OFF, 5.0)
    assert closed["r1-cut"]["duration_seconds"] == 4.0
    assert closed["r1-cut"]["notify"] is False
    assert closed["r1-cut"]["max_level"] == 2
    types = [r["type"] for r in lines(path)]
    assert types.count("session") == 3
    assert [r["drive_id"] for r in lines(path)[-2:]] == ["camera:0|r2", "camera:0|r3"]
    assert types[-3:] == ["event", "session", "session"]


@settings(deadline=None)
@given(st.data())
@example(None)
def test_a_file_cut_at_any_byte_becomes_a_whole_one(data):
    content = whole_file()
    cut = len(content) if data is None else data.draw(st.integers(0, len(content)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.jsonl"
        path.write_bytes(content[:cut])
        with jsonl(path) as sink:
            sink.open(live_session("r3"))
        kept = content[:cut].rpartition(b"\n")[0]
        assert path.read_bytes().startswith(kept)
        opened = Counter(e["id"] for e in events(path, "open"))
        closed = Counter(e["id"] for e in events(path))
        assert closed == opened
        assert set(closed.values()) <= {1}
        last = lines(path)[-1]
        assert (last["type"], last["drive_id"]) == ("session", "camera:0|r3")
        with jsonl(path) as sink:
            sink.open(live_session("r4"))
        assert Counter(e["id"] for e in events(path)) == closed


def test_the_same_event_seen_again_is_closed_again(tmp_path):
    path = tmp_path / "e.jsonl"
    for _ in range(2):
        with jsonl(path, append=True) as sink:
            sink.open(make_run_info())
            sink.event(make_event(phase="open"))
    with jsonl(path, append=True) as sink:
        sink.open(make_run_info())
    assert [r["type"] for r in lines(path)] == ["session", "event", "event"] * 2 + ["session"]
    assert len(events(path)) == 2


@pytest.mark.parametrize(
    ("live", "append", "num_sessions"), [(True, None, 2), (True, False, 1), (False, None, 1)]
)
def test_results_of_a_file_replace_and_those_of_a_camera_go_on(
    tmp_path, live, append, num_sessions
):
    path = tmp_path / "e.jsonl"
    session = live_session() if live else make_run_info()
    for _ in range(2):
        with jsonl(path, append=append) as sink:
            sink.open(session)
    assert len(lines(path)) == num_sessions


def test_a_piece_that_the_disk_lost_stays_as_it_is(tmp_path):
    path = tmp_path / "e.jsonl"
    with jsonl(path) as sink:
        feed(sink, live_session())
    head, *rest = path.read_bytes().splitlines(keepends=True)
    broken = [
        b"\0" * 20 + b"\n",
        b'{"type": "event"' + b"[" * 50_000 + b"\n",
        b'{"type": "event"\n',
    ]
    path.write_bytes(b"".join([head, *broken, *rest, b"\0" * 4096]))
    with jsonl(path) as sink:
        sink.open(live_session("r2"))
    content = path.read_bytes()
    assert content.startswith(b"".join([head, *broken, *rest]))
    closed = [json.loads(line) for line in content.splitlines() if b'"closed"' in line]
    assert [e["id"] for e in closed] == ["whole", "cut"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dear diary\n", "is not an event file"),
        (b"dear diary", "is not an event file"),
        (b"\n", "is not an event file"),
        (b'{"type": "session"\n', "is not an event file"),
        (b"\xff\xfe\0\0\n", "is not an event file"),
        (b'{"type": "session", "schema_version": 3}\n', "has schema version 3, and only 2"),
    ],
)
def test_nothing_is_appended_to_what_is_not_ours(tmp_path, content, message):
    path = tmp_path / "e.jsonl"
    path.write_bytes(content)
    with pytest.raises(SinkError, match=message), jsonl(path) as sink:
        sink.open(live_session())
    assert path.read_bytes() == content


@pytest.mark.parametrize("make", [jsonl, lambda p: CsvSink(CsvSink.Options(), str(p))])
@pytest.mark.parametrize("session", [live_session(), make_run_info()], ids=["live", "file"])
def test_two_runs_cannot_write_one_file(tmp_path, make, session):
    path = tmp_path / "e"
    with make(path) as sink:
        sink.open(session)
        written = path.read_bytes()
        with pytest.raises(SinkError, match="another run is writing"), make(path) as second:
            second.open(session)
        assert path.read_bytes() == written != b""
    with make(path) as third:
        third.open(session)


def csv_after(path, content):
    path.write_bytes(content)
    with CsvSink(CsvSink.Options(), str(path)) as sink:
        sink.open(live_session("r2"))
        sink.event(event("last", "closed", 2.0))
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


@cache
def whole_table() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.csv"
        with CsvSink(CsvSink.Options(), str(path)) as sink:
            sink.open(live_session())
            for index in range(3):
                label = 'a "quoted,\r\n\r\n"'
                sink.event(make_event(label, id=f"e{index}"))
        return path.read_bytes()


@settings(deadline=None)
@given(st.integers(0, len(whole_table())))
def test_a_table_cut_at_any_byte_has_whole_rows_and_one_header(cut):
    with TemporaryDirectory() as folder:
        rows = csv_after(Path(folder) / "e.csv", whole_table()[:cut])
    assert [row["id"] for row in rows] == [*[f"e{i}" for i in range(len(rows) - 1)], "last"]
    assert len(rows) - 1 == sum(cut >= n for n in ends_of_rows())
    assert all(row["label"] == 'a "quoted,\r\n\r\n"' for row in rows[:-1])


def ends_of_rows():
    """Where the data rows of the whole table end."""
    rows = whole_table().split(b"made for a test\r\n")
    at = 0
    for row in rows[:-1]:
        at += len(row) + len(b"made for a test\r\n")
        yield at


def test_rows_are_not_appended_under_other_columns(tmp_path):
    path = tmp_path / "e.csv"
    with pytest.raises(SinkError, match="does not have the columns drive_id,"):
        csv_after(path, b"id,label\r\n1,a\r\n")
    assert path.read_bytes() == b"id,label\r\n1,a\r\n"


def test_a_row_says_group_levels_and_wall_clock(tmp_path):
    [row] = csv_after(tmp_path / "e.csv", b"")
    assert (row["drive_id"], row["group"], row["label"]) == ("camera:0|r2", "phone", "busy")
    assert (row["level"], row["max_level"]) == ("0", "0")
    assert row["start_utc"] == "2026-01-01T00:00:01.000+00:00"


_FULL = """
import resource, sys
from edgevid.io import LineFile
from edgevid.errors import SinkError
file = LineFile("jsonl", sys.argv[1], "e")
file.write("whole\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
try:
    file.write("x" * 100 + "\\n")
except SinkError as error:
    sys.stdout.write(str(error))
file.write("short\\n")
"""


def test_a_full_disk_leaves_no_piece_of_a_line(tmp_path):
    path = tmp_path / "e"
    done = subprocess.run([sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True)
    assert done.stdout == f"sink jsonl: cannot write {path}: File too large"
    assert path.read_bytes() == b"whole\nshort\n"
