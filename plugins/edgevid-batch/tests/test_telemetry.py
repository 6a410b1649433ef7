"""Files beside drives: found, read on the drives' own time, and never at the cost of a drive."""

import json
import os
import re
from pathlib import Path

import can
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.config.telemetry import StudyConfig
from edgevid_batch.copies import Copies
from edgevid_batch.scored import Scored
from edgevid_batch.study import make_study, study_drive
from edgevid_batch.telemetry import Telemetry
from edgevid_batch.telemetry.sidecar import sidecar_uri

from edgevid import RunConfig
from edgevid.config import build_section
from edgevid.errors import ConfigError, PluginError
from edgevid.pipeline import Pipeline
from edgevid.plugins import load_plugins
from edgevid.types import SourceInfo, Vehicle
from tests.study_drives import CSV, DBC, GPX, write_colours

PLUGINS = load_plugins(discover=False)


@pytest.mark.parametrize(
    ("pattern", "drive", "expected"),
    [
        ("{drive.parent}/{drive.stem}.csv", "a/b.c.mp4", "a/b.c.csv"),
        ("{drive.parent}/{drive.name}.csv", "b.mp4", "./b.mp4.csv"),
        ("{drive.parent}/../can/{drive.stem}.blf", "/a/b.mp4", "/a/../can/b.blf"),
        ("{drive.parent}/{drive.stem}.csv", "s3://x/y/b.mp4", "s3://x/y/b.csv"),
        ("{drive.parent}/{drive.stem}.csv", "zip://d/b.mp4::file:///x.zip",
         "zip://d/b.csv::file:///x.zip"),
        ("t/{drive.stem}.csv", "zip://d/b.mp4::file:///x.zip", "t/b.csv"),
        ("{drive.stem}.csv", "a/{drive.parent}{0.__class__}%s.mp4",
         "{drive.parent}{0.__class__}%s.csv"),
        ("{drive.stem}/t.csv", "a/...mp4", "...mp4/t.csv"),
        ("{drive.stem}.csv", "a/поездка", "поездка.csv"),
    ],
)  # fmt: skip
def test_a_file_is_found_beside_its_drive(pattern, drive, expected):
    assert sidecar_uri(pattern, drive) == expected


@pytest.mark.parametrize(
    ("telemetry", "message"),
    [
        ("{drive.parent.__class__}", r"\{drive.parent.__class__\} is no placeholder; accepted"),
        ("{0}.csv", r"\{0\} is no placeholder"),
        ("{}.csv", r"\{\} is no placeholder"),
        ("a}.csv", "a single brace is no placeholder"),
        ({"file": "a.csv", "channels": {"x y": "a"}}, "'x y': a name is of letters"),
        ({"file": "a.csv", "channels": {"speed_kmh": "a"}}, "is what `speed` reads"),
        ({"file": "a.csv", "speed": False}, "nothing is read from it"),
        ({"file": "a.csv", "channels": {"x": {"message": "M", "signal": "S"}}}, "csv needs column"),
        ({"file": "a.blf", "channels": {"x": "a"}}, "can needs message and signal"),
        ({"file": "a.blf", "channels": {"x": {"message": "M"}}}, "give column .*message and"),
        ({"file": "a.csv", "colums": {}}, "colums"),
        (["a.csv", "b.csv"], "the speed comes from one file"),
        (
            ["a.csv", {"file": "b.csv", "speed": False, "channels": {"x": "a"}},
             {"file": "c.csv", "speed": False, "channels": {"x": "a"}}],
            "two files have a channel 'x'",
        ),
    ],
)  # fmt: skip
def test_a_telemetry_that_means_nothing_is_refused(telemetry, message):
    with pytest.raises(ConfigError, match=message):
        config(telemetry)


def test_the_pages_configuration_is_one():
    page = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```yaml\n(.*?)```", page, re.S)
    found = config(**yaml.safe_load(text))

    assert [one.reader for one in found.telemetry] == ["can", "csv"]
    assert found.study.driver == "{drive.parent}"


def config(telemetry, **more):
    values = {"drives": ["a.mp4"], "out": "o", "telemetry": telemetry, **more}
    return build_section(BatchConfig, values, "test")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"offset": 1}, ConfigError, "signals csv.*offset"),
        ({"max_age_seconds": -1}, ConfigError, "max_age_seconds"),
    ],
)
def test_options_are_refused_before_the_work(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        Telemetry(
            config({"file": "a.csv", "options": options}).telemetry, PLUGINS, Copies(tmp_path, 0)
        )


def test_a_reader_that_is_not_installed_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PluginError, match="gpxpy is needed"):
        Telemetry(config("{drive.stem}.gpx").telemetry, PLUGINS, Copies(tmp_path, 0))


def measured(folder, telemetry, started_utc=None):
    info = SourceInfo("drive.mp4", "file", False, 64, 48, started_utc=started_utc)
    found = Telemetry(config(telemetry).telemetry, PLUGINS, Copies(folder / "cache", 0))
    return found.of(str(folder / "drive.mp4"), info)


def written(folder, name, content):
    (folder / name).write_text(content)
    return "{drive.parent}/{drive.stem}." + name.rpartition(".")[2]


def values(series):
    return list(zip(series.seconds.tolist(), series.values.tolist(), strict=True))


def test_columns_of_a_table_are_read_on_the_time_of_its_speed(tmp_path):
    file = written(tmp_path, "drive.csv", "time_seconds;v;hr\n0;10;61\n1.5;;62\n2;36;\n")
    found = measured(tmp_path, {
        "file": file, "options": {"offset_seconds": 1, "speed_mps_column": "v"},
        "channels": {"heart_rate": {"column": "hr", "unit": "bpm"}},
    })  # fmt: skip

    assert found.state == "ok"
    assert values(found.channels["speed_kmh"]) == [(1.0, 36.0), (3.0, 129.6)]
    assert values(found.channels["heart_rate"]) == [(1.0, 61.0), (2.5, 62.0)]
    assert found.channels["heart_rate"].unit == "bpm"
    assert found.signals.at(1.5) == Vehicle(36.0, False)


def test_signals_of_a_log_are_read_on_the_time_of_its_speed(tmp_path):
    (tmp_path / "car.dbc").write_text(DBC)
    with can.Logger(str(tmp_path / "drive.blf")) as log:
        for number in range(5):
            data = (number * 1000).to_bytes(2, "little") + bytes([60 + number]) + bytes(5)
            log(can.Message(timestamp=1.7e9 + number, arbitration_id=291, data=data,
                            is_extended_id=False))  # fmt: skip
    options = {"dbc": str(tmp_path / "car.dbc"), "offset_seconds": 0.5}
    pulse = {"pulse": {"message": "Wheels", "signal": "Pulse"}}
    with_speed = {**options, "message": "Wheels", "signal": "Speed"}
    file = "{drive.parent}/{drive.stem}.blf"
    both = measured(tmp_path, {"file": file, "options": with_speed, "channels": pulse})
    alone = measured(
        tmp_path, {"file": file, "options": options, "channels": pulse, "speed": False}
    )
    by_clock = measured(
        tmp_path, {"file": file, "options": {**with_speed, "align": "utc"}, "channels": pulse},
        "2023-11-14T22:13:21Z",
    )  # fmt: skip

    assert (both.state, alone.state, by_clock.state) == ("ok", "ok", "ok")
    assert values(both.channels["speed_kmh"])[1] == (1.5, 10.0)
    assert values(both.channels["pulse"])[:2] == [(0.5, 60.0), (1.5, 61.0)]
    assert both.channels["pulse"].unit == "1/min"
    assert values(alone.channels["pulse"]) == values(both.channels["pulse"])
    assert (list(alone.channels), alone.signals) == (["pulse"], None)
    assert values(by_clock.channels["pulse"])[0] == (-0.5, 60.0)


def test_elements_of_a_track_are_read_on_the_time_of_its_speed(tmp_path):
    file = written(tmp_path, "drive.gpx", GPX)
    found = measured(tmp_path, {"file": file, "channels": {"pulse": "hr", "height": "ele"}})

    assert found.state == "ok"
    assert values(found.channels["pulse"]) == [(0.0, 71.0), (2.0, 73.0)]
    assert values(found.channels["height"]) == [(1.0, 105.5)]
    assert len(found.channels["speed_kmh"].values) == 2


@pytest.mark.parametrize(
    ("name", "content", "telemetry", "state"),
    [
        ("other.csv", CSV, {}, "none"),
        ("drive.csv", "", {}, "drive.csv:1: is empty"),
        ("drive.csv", CSV + "9,fast,1\n", {}, r"drive.csv:\d+: speed_kmh must be a number"),
        ("drive.csv", CSV, {"channels": {"eda": "eda"}}, "no column of eda: eda; it has"),
        ("drive.csv", CSV + "9,10,high\n", {"channels": {"pulse": "hr"}}, "hr must be a number"),
        ("drive.csv", "time_utc,speed_kmh\n2026-03-01T12:00:00Z,1\n", {}, "cannot be aligned"),
        ("drive.gpx", GPX, {"file": "{drive.parent}/{drive.stem}.gpx",
                            "channels": {"x": "watts"}}, "no point has 'watts'; there are: ele"),
        ("drive.gpx", "<gpx", {"file": "{drive.parent}/{drive.stem}.gpx"}, "is no GPX"),
    ],
)  # fmt: skip
def test_a_file_that_is_missing_or_broken_is_told_and_nothing_of_it_is_used(
    tmp_path, name, content, telemetry, state
):
    (tmp_path / name).write_text(content)
    found = measured(tmp_path, {"file": "{drive.parent}/{drive.stem}.csv", **telemetry})

    assert re.search(state, found.state)
    assert "\n" not in found.state
    assert (found.channels, found.signals) == ({}, None)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "drive.csv")
    found = measured(tmp_path, {"file": "{drive.parent}/{drive.stem}.csv", "speed": False,
                                "channels": {"pulse": "hr"}})  # fmt: skip

    assert "is not a file" in found.state


def test_values_beyond_all_measure_are_left_out(tmp_path):
    written(tmp_path, "drive.csv", CSV.replace(",60\n", ",1e308\n").replace(",61\n", ",1e308\n"))
    found = measured(tmp_path, {"file": "{drive.parent}/{drive.stem}.csv",
                                "channels": {"pulse": "hr"}})  # fmt: skip
    seconds = np.arange(5.0)
    scored = Scored(np.arange(5), seconds, np.ones(5, bool), seconds, np.ones(5, bool),
                    np.ones((5, 1), np.float32))  # fmt: skip
    drive = study_drive("me", scored, [], found.channels, ("a",), StudyConfig())
    figures = make_study([drive], StudyConfig(resamples=100)).figures

    assert {f.num_seconds for f in figures if f.channel == "pulse"} == {0, 4}


def test_one_broken_file_of_two_costs_only_itself(tmp_path):
    written(tmp_path, "drive.csv", CSV)
    other = {"file": "{drive.parent}/{drive.stem}.gpx", "speed": False, "channels": {"p": "hr"}}
    found = measured(tmp_path, ["{drive.parent}/{drive.stem}.csv", other])

    assert "drive.gpx: no such file" in found.state
    assert (list(found.channels), found.signals is not None) == (["speed_kmh"], True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three drives: one with telemetry, one with a broken file, one without."""
    here = tmp_path_factory.mktemp("measured")
    write_colours(here / "a.mp4")
    write_colours(here / "b.mkv", ["black", "blue", "black"])
    write_colours(here / "c.avi", ["lime", "lime", "black"])
    (here / "a.csv").write_text(CSV)
    (here / "b.csv").write_text("time_seconds,speed_kmh\n0,50\n1,?\n")
    return here


def rows(out, name):
    return pq.read_table(out / f"{name}.parquet").to_pylist()


ENTER = ("--set", "events.options.rules.enter=0.5", "--set", "events.options.rules.exit=0.4")
WANTED = 'telemetry={file: "{drive.parent}/{drive.stem}.csv", channels: {pulse: {column: hr}}}'


@pytest.mark.slow
def test_a_batch_knows_the_speed_as_a_run_does(batch, bundle, folder, tmp_path):
    out = tmp_path / "out"
    options = ("--out", out, "--model", bundle, "--set", WANTED, *ENTER, "--no-report")
    code, result, _ = batch(folder, *options)
    found = rows(out, "events")
    expected = []
    for name, signals in (("a.mp4", f"csv:{folder}/a.csv"), ("b.mkv", None), ("c.avi", None)):
        target = tmp_path / "run.jsonl"
        run = RunConfig(
            source=str(folder / name), model=str(bundle), backend="onnxruntime",
            events={"name": "policy", "options": {"rules": {"enter": 0.5, "exit": 0.4}}},
            signals=signals, sinks=[{"name": "jsonl", "target": str(target)}],
        )  # fmt: skip
        Pipeline.from_config(run).run()
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        expected += [e for e in lines if e["type"] == "event" and e["phase"] == "closed"]
    same = ("id", "label", "start_seconds", "end_seconds", "max_level", "speed_min_kmh",
            "speed_max_kmh", "peak_score")  # fmt: skip

    assert (code, result["telemetry"]) == (0, 1)
    assert [{k: e[k] for k in same} for e in found] == [{k: e[k] for k in same} for e in expected]
    assert any(e["speed_max_kmh"] is not None for e in found)
    assert any(e["speed_max_kmh"] is None for e in found)

    states = {r["drive"].rpartition("/")[2]: r["telemetry"] for r in rows(out, "drives")}
    assert states["a.mp4"] == "ok"
    assert "b.csv:3: speed_kmh must be a number, got '?'" in states["b.mkv"]
    assert states["c.avi"] == "none"
    table = rows(out, "telemetry")
    assert {r["drive"] for r in table} == {str(folder / "a.mp4")}
    speeds = [r for r in table if r["channel"] == "speed_kmh"]
    assert [r["second"] for r in speeds] == [0, 1, 2, 3, 4]
    assert (speeds[1]["mean"], speeds[1]["min"], speeds[1]["max"], speeds[1]["n"]) == (
        15.0, 10.0, 20.0, 2,
    )  # fmt: skip
    assert rows(out, "study")

    before = {p.name: p.read_bytes() for p in out.iterdir() if p.suffix in (".parquet", ".json")}
    batch(folder, *options)
    assert {name: (out / name).read_bytes() for name in before} == before

    _, without, _ = batch(folder, "--out", out, "--model", bundle, *ENTER, "--no-report")
    assert without["telemetry"] is None
    assert not [p for p in out.iterdir() if p.stem in ("telemetry", "study")]
    assert [e["speed_max_kmh"] for e in rows(out, "events")] == [None] * len(found)


@pytest.mark.slow
def test_a_report_shows_the_study(batch, bundle, folder, tmp_path):
    file = "{drive.parent}/{drive.stem}.csv"
    code, result, _ = batch(folder / "a.mp4", "--out", tmp_path / "o", "-m", bundle,
                            "--telemetry", file, *ENTER)  # fmt: skip
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")

    assert (code, result["telemetry"]) == (0, 1)
    assert "Interactions against speed" in page
    assert "1 drivers; at least 10 are needed" in page
