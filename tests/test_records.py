"""The record of one event: complete, self-contained, and never lost to an odd value."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from edgevid import event_record
from edgevid.records import EvidenceFiles, closed_by_force, utc_at
from edgevid.testing.values import make_event, make_session
from edgevid.types import LabelScore, LevelChange, SourceInfo

SCHEMA = json.loads((Path(__file__).parent.parent / "docs/event.schema.json").read_text())
LIVE = SourceInfo(
    "camera:0", "camera", True, 64, 48, trip_id="t1", started_utc="2026-01-01T00:00:00+00:00"
)


def record(event=None, **session):
    made = event_record(event or make_event(), make_session(**session))
    plain = made.model_dump(mode="json")
    jsonschema.validate(plain, SCHEMA)
    return plain


def test_a_record_says_what_decided_and_when_it_was():
    event = make_event(
        group="phone",
        start_seconds=61.5,
        end_seconds=63.0,
        levels=(LevelChange(63.0, 1, "continuous 1.5 s"),),
        labels=(LabelScore("busy", 0.9, 0.8),),
        level=1,
        max_level=1,
    )
    got = record(
        event,
        source=LIVE,
        drive_id="camera:0|t1",
        policy={"name": "coach", "sha256": "ab", "more": 1},
    )

    assert (got["drive_id"], got["trip_id"], got["group"]) == ("camera:0|t1", "t1", "phone")
    assert (got["start_utc"], got["end_utc"]) == (
        "2026-01-01T00:01:01.500+00:00",
        "2026-01-01T00:01:03.000+00:00",
    )
    assert got["duration_seconds"] == 1.5
    assert got["levels"] == [{"at_seconds": 63.0, "level": 1, "reason": "continuous 1.5 s"}]
    assert got["policy"] == {"name": "coach", "sha256": "ab"}
    assert (got["model"]["name"], got["backend"], got["provider"]) == ("fake", "numpy", "cpu")
    assert got["evidence"] is None


def test_an_event_without_a_group_is_its_labels_own():
    assert record()["group"] == "busy"


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("2026-03-29T01:59:59Z", "2026-03-29T02:00:00.500+00:00"),
        ("2026-03-29T01:59:59", "2026-03-29T02:00:00.500+00:00"),
        ("2026-03-29T03:59:59+02:00", "2026-03-29T02:00:00.500+00:00"),
        ("yesterday", None),
        ("9999-12-31T23:59:59Z", None),
        (None, None),
    ],
)
def test_wall_clock_is_utc_or_nothing(started, expected):
    assert utc_at(started, 1.5) == expected


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e300])
def test_wall_clock_of_a_senseless_moment_is_nothing(seconds):
    assert utc_at("2026-01-01T00:00:00Z", seconds) is None


@pytest.mark.parametrize(
    ("fields", "key", "expected"),
    [
        ({"mean_score": float("nan")}, "mean_score", None),
        ({"peak_score": np.float32(0.5)}, "peak_score", 0.5),
        ({"level": np.int64(2)}, "level", 2),
        ({"notify": np.bool_(True)}, "notify", True),
        ({"label": "drive\udcff"}, "label", "drive\\udcff"),
    ],
)
def test_what_a_plugin_gets_wrong_costs_no_record(fields, key, expected):
    assert record(make_event(**fields))[key] == expected


def test_a_drive_whose_name_is_not_utf8_has_records():
    assert record(drive_id="a\udcff.mp4")["drive_id"] == "a\\udcff.mp4"


def test_files_of_evidence_are_part_of_the_record():
    evidence = EvidenceFiles(
        clip="a.mp4", heat_map="a.jpg", clip_start_seconds=0.0, clip_end_seconds=9.0, is_cut=False
    )
    got = event_record(make_event(), make_session(), evidence).model_dump(mode="json")
    jsonschema.validate(got, SCHEMA)

    assert got["evidence"]["clip"] == "a.mp4"


def test_an_event_cut_off_ends_where_it_was_last_seen():
    opened = record(replace(make_event(), phase="open", notify=True, reason="score above 0.63"))
    got = closed_by_force(opened)
    jsonschema.validate(got, SCHEMA)

    assert (got["phase"], got["notify"], got["reason"]) == ("closed", False, "the run was cut off")
    assert {k for k in got if got[k] != opened[k]} == {"phase", "notify", "reason"}
