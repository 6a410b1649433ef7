import sys

import pytest

from edgevid.default_plugins.signals.csv import CsvSignals
from edgevid.errors import SignalsError
from edgevid.testing import check_signals
from edgevid.types import Vehicle

from .conftest import source_info

ROWS = "0,50\n1,60\n2,0.5\n"


def written(tmp_path, content, name="speed.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def asked(signals, *moments, **info):
    with signals:
        signals.open(source_info(**info))
        return [signals.at(moment) for moment in moments]


def test_it_keeps_to_the_contract(tmp_path):
    path = written(tmp_path, "time_seconds,speed_kmh\n" + ROWS)

    check_signals(lambda: CsvSignals(CsvSignals.Options(), str(path)), info=source_info())


def test_a_value_counts_from_its_time_until_it_is_too_old(make, tmp_path):
    path = written(tmp_path, "time_seconds,speed_kmh\n" + ROWS)

    said = asked(make("csv", path), -0.001, 0.0, 0.999, 1.0, 2.0, 4.0, 4.001)

    assert said == [
        Vehicle(),
        Vehicle(50.0, False),
        Vehicle(50.0, False),
        Vehicle(60.0, False),
        Vehicle(0.5, True),
        Vehicle(0.5, True),
        Vehicle(),
    ]


@pytest.mark.parametrize(
    ("options", "moment", "expected"),
    [
        ({"offset_seconds": 10.0}, 10.5, Vehicle(50.0, False)),
        ({"offset_seconds": 10.0}, 9.9, Vehicle()),
        ({"offset_seconds": -1.0}, 0.0, Vehicle(60.0, False)),
        ({"max_age_seconds": 100.0}, 90.0, Vehicle(0.5, True)),
        ({"max_age_seconds": 0.1}, 0.5, Vehicle()),
        ({"standstill_kmh": 0.2}, 2.0, Vehicle(0.5, False)),
    ],
)
def test_options_move_and_limit_values(make, tmp_path, options, moment, expected):
    path = written(tmp_path, "time_seconds,speed_kmh\n" + ROWS)

    assert asked(make("csv", path, **options), moment) == [expected]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("time_seconds;speed_mps\n0;10\n", {}, Vehicle(36.0, False)),
        ("time_seconds\tspeed_mph\n0\t10\n", {}, Vehicle(16.09344, False)),
        ("﻿speed_kmh , time_seconds\r\n 12.5 , 0\r\n\r\n", {}, Vehicle(12.5, False)),
        ('"time_seconds","speed_kmh"\n"0","1e1"\n', {}, Vehicle(10.0, False)),
        ("time_seconds,speed_kmh,note\n0,,x\n", {}, Vehicle()),
        ("time_seconds,speed_kmh,standstill\n0,3,1\n", {}, Vehicle(3.0, True)),
        ("time_seconds,speed_kmh,standstill\n0,,TRUE\n", {}, Vehicle(None, True)),
        ("time_seconds,speed_kmh,standstill\n0,0,false\n", {}, Vehicle(0.0, False)),
        ("time_seconds,speed_kmh,standstill\n0,0,\n", {}, Vehicle(0.0, True)),
        ("time_seconds,speed_kmh\n0,30\n0,40\n", {}, Vehicle(40.0, False)),
        (
            "t,Tempo größer\n0,7\n",
            {"time_seconds_column": "t", "speed_kmh_column": "Tempo größer"},
            Vehicle(7.0, False),
        ),
        ("time_seconds,v\n0,5\n", {"speed_mps_column": "v"}, Vehicle(18.0, False)),
        ("time_seconds,s,speed_kmh\n0,1,90\n", {"standstill_column": "s"}, Vehicle(90.0, True)),
    ],
)
def test_dialects_units_and_columns(make, tmp_path, content, options, expected):
    [said] = asked(make("csv", written(tmp_path, content, "Fahrt größe.csv"), **options), 0.0)

    assert said.speed_kmh == pytest.approx(expected.speed_kmh)
    assert said.standstill is expected.standstill


def test_an_empty_cell_is_unknown_and_not_the_value_before(make, tmp_path):
    path = written(tmp_path, "time_seconds,speed_kmh\n0,50\n1,\n")

    assert asked(make("csv", path), 0.9, 1.0) == [Vehicle(50.0, False), Vehicle()]


@pytest.mark.parametrize(
    "first",
    [
        "2026-03-01T12:00:10Z",
        "2026-03-01T12:00:10",
        "2026-03-01 12:00:10.0",
        "2026-03-01T13:00:10.0000000+01:00",
    ],
)
def test_utc_times_are_aligned_with_the_start_of_the_source(make, tmp_path, first):
    path = written(tmp_path, f"time_utc,speed_kmh\n{first},50\n2026-03-01T12:00:10.25Z,60\n")

    said = asked(make("csv", path), 9.9, 10.0, 10.2, 10.25, started_utc="2026-03-01T12:00:00+00:00")
    assert [vehicle.speed_kmh for vehicle in said] == [None, 50.0, 50.0, 60.0]


HEADER = "time_seconds,speed_kmh\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"speed\.csv:1: is empty"),
        (HEADER, "has no rows below its header"),
        ("time,speed_kmh\n0,1\n", r":1: has no column of time: time_seconds or time_utc; it has"),
        ("time_seconds,v\n0,1\n", r"no column of speed: speed_kmh or .*; it has 'time_seconds, v'"),
        ("time_seconds,speed_kmh,speed_kmh\n0,1,2\n", "'speed_kmh' is there twice"),
        (HEADER + "0,50\n1,nan\n", r"speed\.csv:3: speed_kmh must be a finite number, got 'nan'"),
        (HEADER + "inf,50\n", ":2: time_seconds must be a finite number, got 'inf'"),
        (HEADER + "0,-1\n", ":2: speed_kmh '-1' is no speed of a vehicle; accepted: 0 to 400"),
        (HEADER + "0,400.1\n", "no speed of a vehicle"),
        ("time_seconds,speed_mps\n0,112\n", "accepted: 0 to 111"),
        (HEADER + ",5\n", ":2: time_seconds must be a number, got ''"),
        (HEADER + "0,fast\n", ":2: speed_kmh must be a number, got 'fast'"),
        (HEADER + "1,5\n0.5,6\n", ":3: is 0.5 s before the row above it; sort the rows by time"),
        (HEADER + "0,12,5\n", ":2: 3 cells under 2 columns; decimal commas?"),
        (HEADER + "0\n", ":2: 1 cells under 2 columns$"),
        ("time_seconds;speed_kmh\n0;12,5\n", ":2: .* got '12,5'; write it with a point"),
        ("time_seconds,speed_kmh,standstill\n0,1,yes\n", "must be 0, 1, true, false or empty"),
        (HEADER + '0,"1\n', ":2: is not CSV"),
        (HEADER + "0,1\0\n", ":2: (speed_kmh must be a number|is not CSV)"),
        (HEADER + "0," + "1" * 70_000, "is too long for a table"),
        (HEADER.encode("utf-16"), "is not UTF-8 text"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(make, tmp_path, content, message):
    signals = make("csv", written(tmp_path, content))
    with pytest.raises(SignalsError, match=message) as caught, signals:
        signals.open(source_info())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "started", "message"),
    [
        ("2026-03-01T12:00:10Z", None, "drive.mp4 has no known start time; give a column"),
        ("12:00", "2026-03-01T12:00:00Z", ":2: time_utc must be ISO 8601.*got '12:00'"),
        ("2026-03-01T12:00:10.Z", "2026-03-01T12:00:00Z", "must be ISO 8601"),
        ("2026-03-01T12:00:10Z", "noon", "the start of drive.mp4 must be ISO 8601.*'noon'"),
    ],
)
def test_utc_times_that_cannot_be_aligned_are_refused(make, tmp_path, cell, started, message):
    signals = make("csv", written(tmp_path, f"time_utc,speed_kmh\n{cell},1\n"))
    with pytest.raises(SignalsError, match=message), signals:
        signals.open(source_info(started_utc=started))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("gone.csv", "no such file"),
        (".", "is not a file"),
        ("/dev/zero", "is not a file"),
        ("a\0b", "is no file name"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_what_is_no_file_is_refused_in_one_line(make, tmp_path, monkeypatch, target, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SignalsError, match=message), make("csv", target) as signals:
        signals.open(source_info())


def test_a_run_takes_speed_from_the_command_line(tmp_path, capsys):
    from edgevid.cli.app import run_app

    path = written(tmp_path, HEADER + "0,50\n1,fast\n")
    command = ["run", "test:?frames=20", "--signals", f"csv:{path}", "--sink", "console"]

    assert run_app(command) == 2
    assert capsys.readouterr().err == (
        f"error: signals csv: {path}:3: speed_kmh must be a number, got 'fast'\n"
    )
    path.write_text(HEADER + "0,50\n")
    assert run_app([*command, "--set", "signals.options.max_age_seconds=5"]) == 0
    assert run_app([*command, "--set", "signals.options.max_age=5"]) == 2
    assert "did you mean max_age_seconds?" in capsys.readouterr().err


@pytest.mark.slow
def test_a_table_of_a_day_stays_small_in_memory(make, tmp_path):
    rows = "".join(f"{i / 10},50\n" for i in range(200_000))
    signals = make("csv", written(tmp_path, HEADER + rows))
    signals.open(source_info())

    track = signals._track
    assert signals.at(19_999.95) == Vehicle(50.0, False)
    assert sum(sys.getsizeof(a) for a in (track._times, track._speeds)) < 200_000 * 20
