"""A database that outlives killed runs, and that several runs write at once."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from edgevid.default_plugins.sinks.sqlite import SqliteSink
from edgevid.default_plugins.sinks.sqlite.schema import TABLES
from edgevid.errors import SinkError
from edgevid.io import FileLock
from edgevid.testing.values import make_event, make_run_info
from edgevid.types import Availability, LabelScore, LevelChange, SourceInfo
from tests.sinks.killed import event, feed, live_session, run_and_kill

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sqlite.md").read_text(encoding="utf-8")


def sink(path, **options):
    return SqliteSink(SqliteSink.Options(**options), str(path))


def ask(path, query, *values):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def test_a_run_is_in_the_tables(tmp_path):
    path = tmp_path / "new" / "e.db"
    told = event(
        "e1",
        "closed",
        9.0,
        level=1,
        max_level=2,
        levels=(LevelChange(4.0, 2, "continuous 3.0 s"), LevelChange(8.0, 1, "recovered")),
        labels=(LabelScore("busy", 0.9, float("nan")),),
        speed_max_kmh=80.0,
    )
    with sink(path) as opened:
        feed(opened, live_session())
        opened.event(told)

    assert ask(path, "SELECT run, state, source, live, trip_id, policy_name FROM runs") == [
        (1, "ended", "camera:0", 1, "r1", "coach")
    ]
    assert ask(path, "SELECT group_name, label, end_seconds, speed_max_kmh, start_utc FROM events "
                     "WHERE id = 'e1'") == [
        ("phone", "busy", 9.0, 80.0, "2026-01-01T00:00:01.000+00:00")
    ]  # fmt: skip
    assert ask(path, "SELECT * FROM event_levels") == [
        (1, "e1", 0, 4.0, 2, "continuous 3.0 s"),
        (1, "e1", 1, 8.0, 1, "recovered"),
    ]
    assert ask(path, "SELECT * FROM event_labels") == [(1, "e1", 0, "busy", 0.9, None)]
    assert ask(path, "SELECT state, start_seconds, reason FROM availability") == [
        ("ok", 1.5, "warm")
    ]
    assert ask(path, "SELECT start_seconds, end_seconds, reason FROM gaps") == [
        (2.0, 2.1, "a frame was late")
    ]
    assert sorted(p.name for p in path.parent.iterdir()) == ["e.db"]


def test_an_open_event_can_be_read_and_is_updated_in_place(tmp_path):
    path = tmp_path / "e.db"
    query = "SELECT id, phase, end_seconds FROM events"
    with sink(path) as opened:
        opened.open(live_session())
        opened.event(event("e1", "open", 1.5))
        assert ask(path, query) == [("e1", "open", 1.5)]
        opened.event(event("e1", "update", 2.5))
        assert ask(path, query) == [("e1", "update", 2.5)]
        opened.event(event("e1", "closed", 3.5))
        opened.event(event("e1", "update", 4.5))
    assert ask(path, query) == [("e1", "closed", 3.5)]


@pytest.mark.slow
def test_a_killed_run_is_closed_once_by_the_next(tmp_path):
    path = tmp_path / "e.db"
    run_and_kill("sqlite", path)
    assert ask(path, "SELECT state FROM runs") == [("running",)]
    assert ask(path, "SELECT id, phase FROM events") == [
        ("r1-whole", "closed"),
        ("r1-cut", "update"),
    ]
    seen = []
    for run_id in ("r2", "r3"):
        with sink(path) as opened:
            opened.open(live_session(run_id))
        seen.append(ask(path, "SELECT id, phase, end_seconds, reason, notify FROM events"))
    assert seen[0] == seen[1] == [
        ("r1-whole", "closed", 2.0, "closed", 0),
        ("r1-cut", "closed", 5.0, "the run was cut off", 0),
    ]  # fmt: skip
    assert ask(path, "SELECT state FROM runs") == [("cut_off",), ("ended",), ("ended",)]


def test_a_run_that_lives_is_left_alone(tmp_path):
    path = tmp_path / "e.db"
    with sink(path) as first:
        first.open(live_session("r1"))
        first.event(event("e1", "open", 1.5))
        with sink(path) as second:
            second.open(live_session("r2"))
        assert ask(path, "SELECT id, phase FROM events") == [("e1", "open")]
        first.event(event("e1", "closed", 2.0))
    assert ask(path, "SELECT phase, reason FROM events") == [("closed", "closed")]


def test_an_engine_that_closes_nothing_leaves_nothing_open(tmp_path):
    path = tmp_path / "e.db"
    with sink(path) as opened:
        opened.open(live_session())
        opened.event(event("e1", "open", 1.5))
    assert ask(path, "SELECT phase, reason FROM events") == [("closed", "the run was cut off")]


def file_session(path):
    return make_run_info(source=SourceInfo(str(path), "file", False, 64, 48), drive_id=path.name)


def test_a_file_analysed_again_replaces_its_events_and_no_others(tmp_path):
    database = tmp_path / "e.db"
    drives = [tmp_path / folder / "0001.mp4" for folder in "ab"]
    for drive, ids in ((drives[0], "xy"), (drives[1], "x"), (drives[0], "z")):
        drive.parent.mkdir(exist_ok=True)
        drive.touch()
        with sink(database) as opened:
            opened.open(file_session(drive))
            for event_id in ids:
                opened.event(make_event(id=event_id, labels=(LabelScore("busy", 0.9, 0.8),)))
    assert ask(database, "SELECT source, id FROM events JOIN runs USING (run) ORDER BY 1") == [
        (str(drives[0]), "z"),
        (str(drives[1]), "x"),
    ]
    assert ask(database, "SELECT id FROM event_labels ORDER BY 1") == [("x",), ("z",)]


def test_a_file_that_is_being_analysed_is_not_analysed_twice(tmp_path):
    drive = tmp_path / "a.mp4"
    drive.touch()
    with sink(tmp_path / "e.db") as first:
        first.open(file_session(drive))
        with (
            pytest.raises(SinkError, match=r"another run is analysing .*a\.mp4 into .*e\.db"),
            sink(tmp_path / "e.db") as second,
        ):
            second.open(file_session(drive))
    assert ask(tmp_path / "e.db", "SELECT state FROM runs") == [("ended",)]


def replay_session(trip):
    source = replace(live_session(trip).source, kind="recording", live=False)
    return replace(live_session(trip), source=source)


def test_replays_of_a_camera_replace_only_the_replay_of_the_same_trip(tmp_path):
    path = tmp_path / "e.db"
    with sink(path) as camera:
        camera.open(live_session("monday"))
        for trip, event_id in (("monday", "x"), ("tuesday", "y"), ("monday", "z")):
            with sink(path) as opened:
                opened.open(replay_session(trip))
                opened.event(make_event(id=event_id))
        assert ask(path, "SELECT trip_id, live, state FROM runs ORDER BY 1, 2") == [
            ("monday", 0, "ended"),
            ("monday", 1, "running"),
            ("tuesday", 0, "ended"),
        ]
    assert ask(path, "SELECT id FROM events ORDER BY 1") == [("y",), ("z",)]


@pytest.mark.slow
def test_many_processes_write_at_once(tmp_path):
    path = tmp_path / "e.db"
    errors = []

    def work(number):
        try:
            run_and_kill("sqlite", path, f"r{number}", f"camera:{number}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sink(path) as opened:
        opened.open(live_session())

    assert errors == []
    assert ask(path, "SELECT source, count(*) FROM events JOIN runs USING (run) GROUP BY 1") == [
        (f"camera:{n}", 2) for n in range(4)
    ]
    assert ask(path, "SELECT count(*) FROM events WHERE phase <> 'closed'") == [(0,)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_it_is_called_from_another_thread_than_it_was_opened_in(tmp_path):
    opened = sink(tmp_path / "e.db")
    opened.open(live_session())
    failed = []

    def dispatch():
        try:
            opened.event(event("e1", "closed", 2.0))
            opened.close()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=dispatch)
    thread.start()
    thread.join()
    assert failed == []
    assert ask(tmp_path / "e.db", "SELECT id FROM events") == [("e1",)]


def database(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def newer(path):
    with sink(path) as opened:
        opened.open(live_session())
    database(path, "PRAGMA user_version = 2")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_text("dear diary, " * 20), "is not an SQLite database"),
        (lambda p: p.write_bytes(b"SQLite format 3\0"), "is not an SQLite database"),
        (lambda p: database(p, "CREATE TABLE events (id)"), "a database of another program"),
        (newer, "has tables of version 2, and this edgevid writes version 1"),
    ],
)
def test_what_is_not_ours_is_refused_and_not_touched(tmp_path, make, message):
    path = tmp_path / "e.db"
    make(path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(SinkError, match=message) as caught, sink(path) as opened:
        opened.open(live_session())
    assert "\n" not in str(caught.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/proc/e.db", "cannot write /proc/e.db: "),
        ("/dev/full", "is not a regular file"),
        ("folder", "is a directory"),
        ("damaged.db", "cannot write .*damaged.db: .*(malformed|not a database)"),
        ("a\0b", "is not a file name"),
    ],
)
def test_targets_that_cannot_be_written_are_refused_in_one_line(tmp_path, target, message):
    (tmp_path / "folder").mkdir()
    damaged = tmp_path / "damaged.db"
    newer(damaged)
    database(damaged, "PRAGMA user_version = 1")
    content = damaged.read_bytes()
    damaged.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(SinkError, match=message) as caught, sink(tmp_path / target) as opened:
        opened.open(live_session())
    assert "\n" not in str(caught.value)


_FULL = """
import resource, sys
from edgevid.default_plugins.sinks.sqlite import SqliteSink
from edgevid.errors import SinkError
from edgevid.io import FileLock
from edgevid.testing.values import make_event
from tests.sinks.killed import live_session
sink = SqliteSink(SqliteSink.Options(), sys.argv[1])
sink.open(live_session())
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
told = 0
try:
    for told in range(100_000):
        sink.event(make_event(id=f"e{told}", reason="x" * 1000))
except SinkError as error:
    print(told, error)
try:
    sink.close()
except SinkError:
    pass
"""


@pytest.mark.slow
def test_a_full_disk_names_the_path_and_keeps_what_was_committed(tmp_path):
    path = tmp_path / "e.db"
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr == ""
    told, _, line = done.stdout.partition(" ")
    assert re.match(rf"sink sqlite: cannot write {path}: .*(full|I/O)", line)
    assert int(told) > 10
    assert ask(path, "SELECT count(*) FROM events") == [(int(told),)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_somebody_who_does_not_let_go_is_named(tmp_path):
    path = tmp_path / "e.db"
    with sink(path, busy_seconds=0.05) as opened:
        opened.open(live_session())
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(SinkError, match="database is locked"):
                opened.event(event("e1", "closed", 2.0))
        opened.event(event("e1", "closed", 2.0))
    with (
        FileLock(path),
        pytest.raises(SinkError, match="another run is using it"),
        sink(path, busy_seconds=0.05) as late,
    ):
        late.open(live_session())
    assert ask(path, "SELECT id FROM events") == [("e1",)]


def test_names_that_are_not_utf8_are_written_all_the_same(tmp_path):
    session = live_session()
    session = replace(session, drive_id="a\udcff", source=replace(session.source, uri="a\udcff"))
    with sink(tmp_path / "e.db") as opened:
        opened.open(session)
        opened.event(event("e\udcff", "closed", 2.0, label="\udcff"))
    assert ask(tmp_path / "e.db", "SELECT drive_id, source, id, label FROM runs, events") == [
        ("a\\udcff", "a\\udcff", "e\\udcff", "\\udcff")
    ]


def test_every_table_and_column_is_documented():
    for table, columns in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", TABLES, re.S):
        section = PAGE.partition(f"\n## {table}\n")[2].partition("\n## ")[0]
        names = [n for n in re.findall(r"^  (\w+) ", columns, re.M) if n.islower()]
        assert section, table
        assert [n for n in names if f"`{n}`" not in section] == [], table


def test_the_questions_in_the_docs_have_answers(tmp_path):
    path = tmp_path / "e.db"
    told = event(
        "e1", "closed", 9.0, max_level=2, levels=(LevelChange(6.0, 2, "continuous 5.0 s"),)
    )
    with sink(path) as opened:
        opened.open(live_session())
        opened.availability(Availability("warming_up", 0.0, "first frames"))
        opened.availability(Availability("ok", 1.5, "warm"))
        opened.event(told)
        opened.event(event("e2", "closed", 2.0))
    answers = [ask(path, query) for query in re.findall(r"```sql\n(.*?)```", PAGE, re.S)]
    assert answers == [
        [("camera:0", 1.0, "phone", 2, "continuous 5.0 s")],
        [("camera:0", "phone", 2, 9.0, 2)],
        [("camera:0", "warming_up", 1.5)],
    ]
