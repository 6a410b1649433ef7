from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgevid.errors import SinkError
from edgevid.types import Gap, LevelChange
from tests.sinks.conftest import event, prediction


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_jsonl_has_header_events_and_gaps_in_order(make, session, tmp_path):
    path = tmp_path / "new" / "out.jsonl"
    with make("jsonl", path) as sink:
        sink.open(session)
        sink.event(event("open"))
        sink.prediction(prediction([0.1, 0.9]))
        sink.gap(Gap(1.0, 4.0, "camera lost"))
        sink.event(event("closed", label='a "quoted"\nGrüße'))
        # Readable before it is closed: a killed run loses nothing.
        written = lines(path)
    assert [record["type"] for record in written] == ["session", "event", "gap", "event"]
    assert written[0]["schema_version"] == 2
    assert written[0]["model"]["class_names"] == ["attentive", "drinking"]
    assert (written[1]["phase"], written[1]["start_seconds"]) == ("open", 1.25)
    assert written[2] == {
        "type": "gap",
        "start_seconds": 1.0,
        "end_seconds": 4.0,
        "reason": "camera lost",
    }
    assert written[3]["label"] == 'a "quoted"\nGrüße'


def test_jsonl_predictions_keep_every_digit_and_never_nan(make, session, tmp_path):
    path = tmp_path / "out.jsonl"
    values = np.array([1 / 3, 0.1234567], np.float32)
    with make("jsonl", path, predictions=True) as sink:
        sink.open(session)
        sink.prediction(prediction(values))
        sink.prediction(prediction([np.nan, 0.5]))
    first, second, _ = lines(path)[1:]
    assert np.array_equal(np.array(first["scores"], np.float32), values)
    assert (first["label"], first["score"]) == ("attentive", first["scores"][0])
    assert second["scores"] == [None, 0.5]
    assert "NaN" not in path.read_text()


def test_jsonl_ends_with_how_far_it_was_analysed(make, session, tmp_path):
    path = tmp_path / "out.jsonl"
    sink = make("jsonl", path)
    sink.open(session)
    sink.prediction(prediction([0.1, 0.9], 7.25))
    sink.event(event(start=1.0, end=2.0))
    assert lines(path)[-1]["type"] == "event"
    sink.close()
    sink.close()
    assert lines(path)[2:] == [{"type": "end", "end_seconds": 7.25}]


def test_jsonl_is_the_same_file_whenever_it_was_written(make, session, tmp_path):
    texts = []
    for name in ("a", "b"):
        with make("jsonl", tmp_path / name) as sink:
            sink.open(replace(session, run_id=name, started_at=name))
            sink.event(event())
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] == texts[1]


def test_csv_has_one_row_for_each_closed_event(make, session, tmp_path):
    path = tmp_path / "out.csv"
    with make("csv", path) as sink:
        sink.open(session)
        sink.event(event("open"))
        sink.event(event("closed", start=1.2500000000000002, reason='comma, "quote"\nline'))
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert rows[0]["label"] == "drinking"
    assert (rows[0]["start_seconds"], rows[0]["duration_seconds"]) == ("1.25", "2.25")
    assert rows[0]["reason"] == 'comma, "quote"\nline'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_takes_a_name_for_a_formula(make, session, tmp_path, start):
    path = tmp_path / "out.csv"
    with make("csv", path) as sink:
        sink.open(session)
        sink.event(event("closed", label=f"{start}1+1", start=-2.0))
    with path.open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert row["label"] == f"'{start}1+1"
    assert row["start_seconds"] == "-2.0"


@pytest.mark.parametrize("name", ["jsonl", "csv", "stills", "video"])
@pytest.mark.parametrize(
    ("target", "message"),
    [(None, "needs a"), ("file/below.mp4", "Not a directory|File exists"), ("a\0b.mp4", "is no")],
)
def test_targets_are_refused_in_one_line(make, session, tmp_path, name, target, message):
    (tmp_path / "file").write_text("keep")
    sink = make(name, target and tmp_path / target)
    with pytest.raises(SinkError, match=message) as caught, sink:
        sink.open(session)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "keep"


@pytest.mark.parametrize("name", ["jsonl", "csv", "video"])
def test_a_directory_is_no_file(make, session, tmp_path, name):
    directory = tmp_path / "out.mp4"
    directory.mkdir()
    with pytest.raises(SinkError, match="is a directory"), make(name, directory) as sink:
        sink.open(session)


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_a_full_disk_names_the_path(make, session, name):
    sink = make(name, "/dev/full")
    with pytest.raises(SinkError, match="/dev/full: No space left"), sink:
        sink.open(session)


def test_console_prints_a_line_for_each_change(make, session, capsys):
    with make("console") as sink:
        sink.open(session)
        sink.prediction(prediction([0.1, 0.9]))
        assert capsys.readouterr().out == ""
        sink.event(event("open"))
        sink.event(event("closed", start=61.0, end=3661.04))
    first, second = capsys.readouterr().out.splitlines()
    assert "00:01.2" in first
    assert "start" in first
    assert "drinking" in first
    assert "1:01:01.0" in second
    assert "3600.0 s" in second


def leveled(phase, level, end, **fields):
    changes = [(3.0, 1, "continuous 3.0 s"), (5.0, 2, "continuous 5.0 s"), (9.0, 1, "recovered")]
    levels = tuple(LevelChange(*c) for c in changes if c[0] <= end + 2)
    return replace(
        event(phase, "texting_left", start=0.0, end=end),
        group="phone",
        level=level,
        max_level=max((c.level for c in levels), default=0),
        levels=levels,
        **fields,
    )


def test_console_tells_levels_and_what_is_to_be_told_again(make, session, capsys):
    with make("console") as sink:
        sink.open(session)
        sink.event(leveled("open", 0, 0.5, reason="score above 0.63 for 0.5 s"))
        sink.event(leveled("update", 1, 3.0, reason="continuous 3.0 s"))
        sink.event(leveled("update", 1, 4.0, reason="nothing new"))
        sink.event(leveled("update", 2, 5.0, notify=True, reason="continuous 5.0 s"))
        sink.event(leveled("update", 2, 6.0, notify=True, reason="still level 2"))
        sink.event(leveled("update", 1, 7.0, reason="recovered"))
        sink.event(leveled("closed", 1, 7.0, reason="quiet for 2.0 s"))
    assert capsys.readouterr().out.splitlines() == [
        "00:00.0  start    phone (texting_left)  score above 0.63 for 0.5 s",
        "00:03.0  level 1  phone (texting_left)  continuous 3.0 s",
        "00:05.0  level 2  phone (texting_left)  continuous 5.0 s  alert",
        "00:06.0  level 2  phone (texting_left)  still level 2  alert",
        "00:09.0  level 1  phone (texting_left)  recovered",
        "00:07.0  end      phone (texting_left)  7.0 s, level 2, score 0.80 (peak 0.91)"
        "  quiet for 2.0 s",
    ]


def test_console_tells_the_level_of_an_event_that_is_first_reported_with_one(make, session, capsys):
    with make("console") as sink:
        sink.open(session)
        sink.event(leveled("open", 2, 5.0, notify=True, reason="continuous 5.0 s"))
    assert capsys.readouterr().out == (
        "00:00.0  start    phone (texting_left)  level 2  continuous 5.0 s  alert\n"
    )


def test_console_keeps_escape_sequences_and_markup_out_of_the_terminal(make, session, capsys):
    with make("console") as sink:
        sink.open(session)
        sink.event(event(label="\x1b[2J[bold]x[/bold]", reason="a\nb"))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[bold]x[/bold]" in out
    assert out.count("\n") == 1


def test_console_prints_labels_that_the_terminal_does_not_know(make, session, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    with make("console") as sink:
        sink.open(session)
        sink.event(event(label="電話"))
    out.flush()
    assert b"??" in out.buffer.getvalue()


def test_console_refuses_a_target(make, session):
    with pytest.raises(SinkError, match="takes no target"):
        make("console", "x").open(session)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("display", "message"), [(None, "there is no display"), (":9876", "':9876' cannot be opened")]
)
def test_window_without_a_display_is_refused_and_the_process_lives(
    make, session, monkeypatch, display, message
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    sink = make("window")
    with pytest.raises(SinkError, match=f"{message}.*--sink video"), sink:
        sink.open(session)
    assert not sink.stop_requested


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_only_the_console_sink():
    script = (
        "import os, sys\n"
        "from edgevid.default_plugins.sinks.console import ConsoleSink\n"
        "from edgevid.errors import SinkError\n"
        "from edgevid.types import Event\n"
        "sink = ConsoleSink(ConsoleSink.Options()); sink.open(None)\n"
        "read, write = os.pipe(); os.close(read); os.dup2(write, 1)\n"
        "try:\n"
        "    sink.event(Event('e', 'x', 0.0, 1.0, 'open', 1.0, 1.0, ''))\n"
        "except SinkError as error:\n"
        "    sys.stderr.write(f'SinkError: {error}')\n"
        "os._exit(0)\n"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, env=os.environ
    )
    assert run.returncode == 0
    assert run.stderr.startswith("SinkError: sink console")
