import importlib.util
from dataclasses import replace

import pytest

from edgevid.cli.app import run_app
from edgevid.config.schema import SinkConfig
from edgevid.default_plugins.sinks import timeline
from edgevid.errors import PluginError, SinkError
from edgevid.pipeline.build import build_sinks
from edgevid.plugins import load_plugins
from edgevid.types import Availability, Gap

from ..full_disk import full_disk
from .conftest import event, prediction


@pytest.fixture
def rows(monkeypatch):
    """What was drawn, instead of pictures of it."""
    drawn = []

    def draw(given, *, title, format):
        drawn.append((given[0], title, format))
        return b"picture"

    monkeypatch.setattr(timeline, "draw_timeline", draw)
    return drawn


@pytest.mark.parametrize(("name", "begins"), [("t.png", b"\x89PNG"), ("T größe.SVG", b"<?xml")])
def test_a_run_leaves_a_picture(tmp_path, name, begins):
    path = tmp_path / "new" / name

    assert run_app(["run", "test:?frames=60", "--sink", f"timeline:{path}", "-q"]) == 0
    assert path.read_bytes().startswith(begins)
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_it_shows_what_happened(make, session, tmp_path, rows):
    session = replace(session, drive_id="drive.mp4", policy={"name": "fleet"})
    with make("timeline", tmp_path / "t.png") as sink:
        sink.open(session)
        sink.availability(Availability("warming_up", 0.0, ""))
        sink.availability(Availability("ok", 1.0, ""))
        sink.event(event("open", start=2.0, end=2.5))
        sink.event(event("update", start=2.0, end=4.0))
        sink.event(event("closed", start=2.0, end=5.0))
        sink.event(event("open", id="e2", start=6.0, end=7.0))
        sink.gap(Gap(8.0, 9.0, "lost"))
        sink.prediction(prediction([0.5, 0.5], 10.0))

    [(row, title, format)] = rows
    assert title == "drive.mp4 · m · policy fleet"
    assert format == "png"
    assert [(s.group, s.start_seconds, s.end_seconds, s.is_open) for s in row.bars] == [
        ("drinking", 2.0, 5.0, False),
        ("drinking", 6.0, 7.0, True),
    ]
    assert [(s.state, s.start_seconds, s.end_seconds) for s in row.states] == [
        ("warming_up", 0.0, 1.0),
        ("ok", 1.0, 10.0),
    ]
    assert row.gaps == [Gap(8.0, 9.0, "lost")]
    assert row.span == (0.0, 10.0)


def test_only_the_newest_time_is_shown_if_asked_for(make, session, tmp_path, rows):
    with make("timeline", tmp_path / "t.png", last_seconds=10.0) as sink:
        sink.open(session)
        sink.availability(Availability("ok", 0.0, ""))
        sink.event(event(start=1.0, end=2.0))
        sink.event(event(start=89.0, end=92.0))
        sink.gap(Gap(50.0, 51.0, ""))
        sink.prediction(prediction([0.5, 0.5], 100.0))

    row = rows[0][0]
    assert [s.start_seconds for s in row.bars] == [89.0]
    assert [s.start_seconds for s in row.states] == [90.0]
    assert row.gaps == []


def test_a_run_of_weeks_keeps_the_newest(make, session, tmp_path, rows):
    with make("timeline", tmp_path / "t.png") as sink:
        sink.open(session)
        for i in range(6000):
            sink.availability(Availability("ok", i * 10.0, ""))
            sink.event(event(id=str(i), start=i * 10.0, end=i * 10.0 + 1))
            sink.gap(Gap(i * 10.0 + 5, i * 10.0 + 6, ""))

    row = rows[0][0]
    assert [len(kept) for kept in (row.bars, row.states, row.gaps)] == [5000, 5000, 5000]
    assert row.span == (10_000.0, 59_996.0)


def test_it_is_written_while_it_goes_on_if_asked_for(make, session, tmp_path, rows):
    path = tmp_path / "t.png"
    with make("timeline", path, every_seconds=5.0) as sink:
        sink.open(session)
        for second in range(17):
            sink.prediction(prediction([0.5, 0.5], float(second)))
        assert [row.end_seconds for row, *_ in rows] == [5.0, 10.0, 15.0]
        assert path.read_bytes() == b"picture"
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("t.jpg", r"t\.jpg: the suffix must be one of \.png, \.svg"),
        ("t", "the suffix must be one of"),
        ("folder.png", "is a directory"),
        ("file/t.png", "Not a directory|File exists"),
        ("/proc/t.png", "cannot write"),
    ],
)
def test_what_cannot_be_written_is_refused_when_it_opens(make, session, tmp_path, target, message):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    sink = make("timeline", tmp_path / target)
    with pytest.raises(SinkError, match=message), sink:
        sink.open(session)


def test_a_full_disk_is_told_and_leaves_the_old_picture(make, session, tmp_path):
    path = tmp_path / "t.png"
    path.write_bytes(b"old")
    sink = make("timeline", path)
    sink.open(session)
    with full_disk(), pytest.raises(SinkError, match="File too large"):
        sink.close()

    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.png"]
    sink.close()


def test_without_matplotlib_it_says_how_to_get_it(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else found(name)
    )
    with pytest.raises(PluginError, match=r'timeline.*pip install "edgevid\[plots\]"'):
        build_sinks(load_plugins(discover=False), [SinkConfig(name="timeline", target="t.png")])
