import json
from dataclasses import replace
from pathlib import Path

import pytest

from edgevid.default_plugins.sinks.jsonl import JsonlSink
from edgevid.errors import EventFileError
from edgevid.records import read_event_file
from edgevid.testing import make_event, make_prediction, make_run_info
from edgevid.types import Availability, Gap, LevelChange

LEVELS = (LevelChange(4.0, 1, "continuous 3.0 s"), LevelChange(6.0, 2, "continuous 5.0 s"))
POLICY = {"name": "fleet", "sha256": "ab" * 32}


def written(path, *told, end=100.0, close=True, session=None):
    """What the sink writes of these, in this order."""
    sink = JsonlSink(JsonlSink.Options(), str(path))
    sink.open(session or make_run_info(drive_id="drive.mp4", policy=POLICY))
    for one in told:
        kind = {Availability: sink.availability, Gap: sink.gap}.get(type(one), sink.event)
        kind(one)
    if end is not None:
        sink.prediction(make_prediction(pts_seconds=end))
    if close:
        sink.close()
    else:
        sink._file.close()
    return path


BUSY = make_event(group="hands", levels=LEVELS, max_level=2, level=2, start_seconds=1.0)


def test_what_was_written_is_read(tmp_path):
    told = [
        Availability("warming_up", 0.0, "young"),
        Availability("ok", 1.5, "sees"),
        replace(BUSY, phase="open", notify=False, end_seconds=1.5),
        replace(BUSY, phase="update", notify=True, end_seconds=6.0),
        replace(BUSY, phase="update", notify=True, end_seconds=16.0),
        replace(BUSY, phase="closed", notify=False, end_seconds=20.0),
        Gap(30.0, 40.0, "lost"),
    ]
    file = read_event_file(written(tmp_path / "größe.jsonl", *told))

    assert file.session.drive_id == "drive.mp4"
    assert (file.session.model.name, file.session.policy.sha256) == ("fake", "ab" * 32)
    [event] = file.events
    assert event.levels == LEVELS
    assert (event.name, event.start_seconds, event.end_seconds) == ("hands", 1.0, 20.0)
    assert file.alerts == {"hands": 2}
    assert [a.state for a in file.availability] == ["warming_up", "ok"]
    assert file.gaps == (Gap(30.0, 40.0, "lost"),)
    assert file.end_seconds == 100.0
    assert file.warnings == ()


def test_events_are_in_the_order_of_their_starts(tmp_path):
    events = [make_event(id=str(i), start_seconds=s, end_seconds=9.0) for i, s in enumerate([5, 1])]
    file = read_event_file(written(tmp_path / "e.jsonl", *events))

    assert [event.start_seconds for event in file.events] == [1, 5]


def test_a_killed_run_is_read_with_a_warning(tmp_path):
    path = written(tmp_path / "e.jsonl", replace(BUSY, phase="open", end_seconds=7.0), close=False)
    path.write_bytes(path.read_bytes() + b'{"type": "event", "id": "cut o')
    file = read_event_file(path)

    assert [event.is_open for event in file.events] == [True]
    assert file.end_seconds == 7.0
    assert [w.removeprefix(f"{path}:").strip() for w in file.warnings] == [
        "3: is cut off and was left out",
        "has no end: the run is still going or was killed; rates are of the first 7 s, which it "
        "covers",
    ]


def test_an_event_that_was_never_closed_is_told(tmp_path):
    file = read_event_file(written(tmp_path / "e.jsonl", replace(BUSY, phase="open")))

    assert file.warnings == (f"{tmp_path}/e.jsonl: 1 events were never closed",)


def test_what_a_newer_runtime_adds_is_passed_over(tmp_path):
    path = written(tmp_path / "e.jsonl", BUSY)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[1]["mood"] = "fine"
    lines.insert(1, {"type": "weather", "rain": True})
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")

    assert len(read_event_file(path).events) == 1


HEAD = json.dumps({"type": "session", "schema_version": 2, "model": {"name": "m"}}) + "\n"
EVENT = {"type": "event", "id": "1", "label": "x", "phase": "closed", "start_seconds": 1,
         "end_seconds": 2}  # fmt: skip


def line(**changes):
    return HEAD + json.dumps(EVENT | changes) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; give what --sink jsonl:FILE wrote"),
        ("\n\n", "is empty"),
        ("label,start\n", ":1: is no JSON"),
        ('{"type": "session"', ":1: is no JSON"),
        ("[1]\n", ":1: is no JSON object"),
        ('{"type": "event"}\n', ":1: does not begin with a session"),
        ('{"type": "session", "schema_version": 1}\n', ":1: has schema version 1; only 2 can"),
        ('{"type": "session", "schema_version": 2}\n', ":1: .*model: is required"),
        (HEAD + HEAD, ":2: begins another run: the file was appended to"),
        (HEAD + "{nonsense}\n" + HEAD, ":2: is no JSON"),
        (HEAD + "[" * 50_000 + "\n", ":2: is no JSON"),
        (HEAD + '{"type": "gap"}\n', ":2: .*start_seconds: is required"),
        (line(start_seconds="soon"), ":2: .*start_seconds: .*valid number.*'soon'"),
        (line(phase="done"), ":2: .*phase: "),
        (line(id=7), ":2: .*id: .*valid string"),
        (line(levels=[{"level": 1}]), r":2: .*levels\.0\.at_seconds: is required"),
        (line(start_seconds=3), ":2: an event ends before it starts"),
        (line(start_seconds=1e999), ":2: .*finite"),
        (HEAD + '{"type": "end", "end_seconds": NaN}\n', ":2: .*finite"),
        (b"\xff\xfe\x00\x00\n", ":1: is no JSON"),
    ],
)
def test_a_malformed_file_is_refused_with_file_and_line(tmp_path, content, message):
    path = tmp_path / "e.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(EventFileError, match=message) as caught:
        read_event_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"), [("gone.jsonl", "No such file"), ("", "Is a directory")]
)
def test_what_is_no_file_is_refused(tmp_path, name, message):
    with pytest.raises(EventFileError, match=f"cannot be read: {message}"):
        read_event_file(tmp_path / name)


def test_a_line_without_end_does_not_fill_the_memory():
    with pytest.raises(EventFileError, match=r"/dev/zero:1: is too long for an event file"):
        read_event_file(Path("/dev/zero"))


@pytest.mark.parametrize("part", range(1, 40))
def test_a_file_that_breaks_off_anywhere_is_read_from_its_first_whole_line_on(tmp_path, part):
    content = written(tmp_path / "e.jsonl", BUSY, Gap(2.0, 3.0, "x")).read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(content[: len(content) * part // 40])
    if b"\n" in cut.read_bytes():
        assert read_event_file(cut).warnings
    else:
        with pytest.raises(EventFileError, match=r"cut\.jsonl:1: is no JSON"):
            read_event_file(cut)
