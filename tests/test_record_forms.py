"""Every written form of an event has every field of the event record."""

import csv
import dataclasses
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_type_hints

import pytest

from edgevid.default_plugins.sinks.csv import COLUMNS as CSV_COLUMNS
from edgevid.default_plugins.sinks.csv import CsvSink
from edgevid.default_plugins.sinks.jsonl import JsonlSink
from edgevid.default_plugins.sinks.sqlite import SqliteSink
from edgevid.records import (
    EventRecord,
    EventSummary,
    columns,
    event_record,
    read_event_file,
)
from edgevid.testing import make_run_info
from edgevid.types import Event, LabelScore, LevelChange

DOCS = Path(__file__).parents[1] / "docs"
FIELDS = set(EventRecord.model_fields)
OF_RUN = {
    "schema_version", "drive_id", "trip_id", "source_id", "model", "backend", "provider", "policy",
}  # fmt: skip
"""The same for all events of a run: in a table of runs or drives."""
FILES = {"evidence"}
"""Only the sink `evidence` writes files."""

FULL = Event(
    id="e1", label="texting", start_seconds=1.25, end_seconds=9.5, phase="closed", peak_score=0.75,
    mean_score=0.5, reason="ended", source_id="drive.mp4", group="phone", level=1, max_level=2,
    notify=True, levels=(LevelChange(4.0, 1, "continuous 3.0 s"),),
    labels=(LabelScore("texting", 0.75, 0.5),), detected_seconds=1.5, speed_min_kmh=10.0,
    speed_max_kmh=80.0, degraded_fraction=0.125, dropped_fraction=0.25, trip_flagged=True,
)  # fmt: skip
"""No field has its default."""


def written(sink):
    with sink:
        sink.open(make_run_info(drive_id="drive.mp4"))
        sink.event(FULL)
    return Path(sink.target)


def test_the_example_has_every_field_of_an_event():
    for field in dataclasses.fields(Event):
        assert getattr(FULL, field.name) != field.default, field.name


def test_the_record_has_every_field_of_an_event():
    record = event_record(FULL, make_run_info())
    for field in dataclasses.fields(Event):
        value = getattr(record, field.name)
        expected = getattr(FULL, field.name)
        if isinstance(expected, tuple):
            value = tuple(item.model_dump() for item in value)
            expected = tuple(map(dataclasses.asdict, expected))
        assert value == expected, field.name


def test_a_json_line_has_every_field_and_is_read_again(tmp_path):
    path = written(JsonlSink(JsonlSink.Options(), str(tmp_path / "e.jsonl")))
    line = json.loads(path.read_text().splitlines()[1])
    assert set(line) - {"type"} == FIELDS
    assert read_event_file(path).events == (FULL,)


def test_the_database_has_every_field(tmp_path):
    path = written(SqliteSink(SqliteSink.Options(), str(tmp_path / "e.db")))
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM events").fetchone())
        lists = {
            name: [dict(r) for r in connection.execute(f"SELECT * FROM event_{name}")]
            for name in ("levels", "labels")
        }
    row["group"] = row.pop("group_name")
    assert set(row) - {"run"} | set(lists) == FIELDS - OF_RUN - FILES
    for name, value in row.items():
        if name in get_type_hints(Event):
            assert value == getattr(FULL, name), name
    for name, rows in lists.items():
        expected = [dataclasses.asdict(item) for item in getattr(FULL, name)]
        assert [{k: r[k] for k in expected[0]} for r in rows] == expected


def test_a_csv_row_has_its_fields(tmp_path):
    path = written(CsvSink(CsvSink.Options(), str(tmp_path / "e.csv")))
    [row] = csv.DictReader(path.read_text().splitlines())
    record = event_record(FULL, make_run_info(drive_id="drive.mp4"))
    assert tuple(row) == CSV_COLUMNS
    assert row == {
        name: "" if (value := getattr(record, name)) is None else str(value) for name in row
    }


def test_the_summary_has_the_records_types():
    for name, info in EventSummary.model_fields.items():
        assert info.annotation == EventRecord.model_fields[name].annotation, name


def test_every_field_is_described():
    described = columns(EventRecord, without=("model", "policy", "evidence", "schema_version"))
    lists = [item for c in described.values() for item in c.items.items()]
    missing = [name for name, c in [*described.items(), *lists] if not c.description]
    assert missing == ["label"], "a label needs no explanation inside a list"


@pytest.mark.parametrize("name", ["labels", "levels"])
def test_the_columns_of_a_list_are_those_of_its_items(name):
    assert columns(EventRecord, without=tuple(FIELDS - {name}))[name].items


@pytest.mark.parametrize(
    ("without", "message"),
    [((), "EventRecord.model: .*cannot be a column"), (("modle",), r"no fields \['modle'\]")],
)
def test_what_cannot_be_a_column_is_named(without, message):
    with pytest.raises(TypeError, match=message):
        columns(EventRecord, without=without)


def test_the_page_of_the_database_has_every_column():
    page = (DOCS / "sqlite.md").read_text(encoding="utf-8")
    section = page.partition("\n## events\n")[2].partition("\n## ")[0]
    names = set(re.findall(r"`(\w+)`", section))
    assert {"group_name" if n == "group" else n for n in FIELDS - OF_RUN - FILES} - {
        "labels", "levels",
    } <= names  # fmt: skip
