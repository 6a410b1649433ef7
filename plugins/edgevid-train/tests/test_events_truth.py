import json
import unicodedata

import numpy as np
import pytest
from edgevid_synth import write_video
from edgevid_train.data.errors import DataError
from edgevid_train.evaluation.events.drive import true_events
from edgevid_train.evaluation.events.truth import TrueSegment, read_truth

from tests.event_files import GROUPS, TABLE, write_csv

PHASES = "start_seconds,end_seconds,label,phase"
SEGMENTS = "start_seconds,end_seconds,label"


def write_clip(path, seconds=2.0, rate_hz=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, np.zeros((round(seconds * rate_hz), 32, 32, 3), np.uint8), rate_hz)
    return path


def rendered(folder, number, *, video=True):
    stem = f"drive-{number:07d}"
    write_csv(
        folder / f"{stem}.truth.csv", SEGMENTS,
        (0.0, 0.5, "safe_driving"), (0.5, 1.5, "drinking"), (1.5, 2.0, "safe_driving"),
    )  # fmt: skip
    write_csv(
        folder / f"{stem}.phases.csv", PHASES, (0.0, 0.5, "safe_driving", "hold"),
        (0.5, 0.8, "drinking", "approach"), (0.8, 1.2, "drinking", "hold"),
        (1.2, 1.5, "drinking", "retract"), (1.5, 2.0, "safe_driving", "hold"),
    )  # fmt: skip
    if video:
        write_clip(folder / f"{stem}.mp4")


def test_a_data_table_is_truth(tmp_path):
    table = write_csv(
        tmp_path / "table.csv", TABLE, ("a/x.mp4", 3, 5, "drinking", "anna", "val"),
        ("a/x.mp4", 0, 3, "safe_driving", "anna", "val"), ("y.mp4", 1, 2, "drinking", "", "test"),
    )  # fmt: skip

    x, y = read_truth(table)

    assert (x.name, x.driver, x.duration_seconds, x.end_seconds) == ("x", "anna", None, 5)
    assert x.file == tmp_path / "a" / "x.mp4"
    assert [s.label for s in x.segments] == ["safe_driving", "drinking"]
    assert (y.name, y.driver) == ("y", "y")
    assert [drive.name for drive in read_truth(table, split="val")] == ["x"]


def test_the_end_of_a_segment_may_be_that_of_the_file(tmp_path):
    write_clip(tmp_path / "x.mp4")
    table = write_csv(tmp_path / "t.csv", TABLE, ("x.mp4", 1, "", "drinking", "anna", "test"))

    [drive] = read_truth(table)

    assert drive.duration_seconds == pytest.approx(2.0)
    assert drive.segments == (TrueSegment(1.0, 2.0, "drinking"),)


def test_a_folder_of_rendered_drives_is_truth_with_the_onset_of_the_hold(tmp_path):
    rendered(tmp_path, 7)
    rendered(tmp_path, 8)
    rendered(tmp_path, 9, video=False)  # still being rendered

    seven, eight = read_truth(tmp_path)

    assert (seven.name, eight.driver) == ("drive-0000007", "synthetic-8")
    assert seven.duration_seconds == pytest.approx(2.0)
    assert seven.segments[1] == TrueSegment(0.5, 1.5, "drinking", 0.8)
    assert [d.name for d in read_truth(tmp_path / "drive-0000008.truth.csv")] == ["drive-0000008"]


def test_rendered_drives_without_any_video_lie_elsewhere(tmp_path):
    rendered(tmp_path, 9, video=False)

    [drive] = read_truth(tmp_path)

    assert (drive.file, drive.duration_seconds) == (tmp_path / "drive-0000009.mp4", None)


def test_a_table_finds_phases_beside_its_videos(tmp_path):
    rendered(tmp_path, 7)
    table = write_csv(
        tmp_path / "truth.csv", TABLE, ("drive-0000007.mp4", 0.5, 1.5, "drinking", "d", "test")
    )

    [drive] = read_truth(table)

    assert drive.segments[0].hold_seconds == 0.8


def test_any_csv_of_segments_is_truth(tmp_path):
    write_clip(tmp_path / "x.mp4")
    plain = write_csv(tmp_path / "s.csv", "file,start,end,label", ("x.mp4", 0.5, 1, "drinking"))
    other = write_csv(tmp_path / "o.csv", "clip;from;to;what", ("x.mp4;00:00.5;00:01;cup",))
    options = {
        "columns": {"file": "clip", "start": "from", "end": "to", "label": "what"},
        "delimiter": ";",
        "label_map": {"cup": "drinking"},
    }

    for drives in (
        read_truth(plain),
        read_truth(other, options=options),
        read_truth(other, adapter="csv_segments", options=options),
    ):
        assert [(d.name, d.segments) for d in drives] == [
            ("x", (TrueSegment(0.5, 1.0, "drinking"),))
        ]


def test_openlabel_is_truth_as_a_file_and_as_a_folder(tmp_path):
    write_clip(tmp_path / "x.mp4")
    document = {
        "openlabel": {
            "metadata": {"schema_version": "1.0.0"},
            "streams": {"body": {"type": "camera", "uri": "x.mp4"}},
            "actions": {
                "0": {
                    "name": "", "type": "driver_actions/drinking",
                    "frame_intervals": [{"frame_start": 5, "frame_end": 9}],
                }
            },
        }
    }  # fmt: skip
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))

    for given in (path, tmp_path):
        [drive] = read_truth(given, options={"fps": 10})
        assert drive.file == tmp_path / "x.mp4"
        assert drive.segments == (TrueSegment(0.5, 1.0, "drinking"),)


def test_names_in_any_script_are_one_name_in_both_forms_of_unicode(tmp_path):
    name = "führer 運転手"
    decomposed = unicodedata.normalize("NFD", name)
    table = write_csv(
        tmp_path / "t.csv", TABLE, (f"{decomposed}.mp4", 0, 1, "drinking", "", "test")
    )

    [drive] = read_truth(table)

    assert drive.name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda p: None, "there is no such file or folder; accepted is"),
        (lambda p: p.mkdir(), "no truth is there; accepted is a data table"),
        (lambda p: p.write_text(""), "is empty"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00"), "is not UTF-8"),
        (lambda p: p.write_text("a,b\n1,2\n"), "column file, label, start, end is missing"),
        (
            lambda p: write_csv(p, TABLE, ("x.mp4", 5, 3, "drinking", "a", "test")),
            "line 2, column end_seconds: 3.0 is not accepted",
        ),
        (
            lambda p: write_csv(p, TABLE, ("x.mp4", 0, "", "drinking", "a", "test")),
            "give the end in seconds",
        ),
        (
            lambda p: write_csv(p, TABLE, ("../x.mp4", 0, 1, "drinking", "a", "test")),
            "without '..'",
        ),
        (
            lambda p: write_csv(
                p, TABLE, ("x.mp4", 0, 1, "drinking", "a", "test"),
                ("x.mp4", 2, 3, "drinking", "b", "test"),
            ),
            "has the drivers a, b; a drive has one",
        ),
        (
            lambda p: write_csv(p, TABLE, ("x.png", 0, 1, "drinking", "a", "test")),
            "holds no segment of a video",
        ),
    ],
)  # fmt: skip
def test_what_is_no_truth_is_refused_in_one_line(write, message, tmp_path):
    path = tmp_path / "t.csv"
    write(path)

    with pytest.raises(DataError, match=message.replace("(", r"\(")) as caught:
        read_truth(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "val"}, "holds no segment of split val"),
        ({"split": "tune"}, "accepted are train, val, test, all"),
        ({"adapter": "vcd"}, "adapter 'vcd' is not known"),
        ({"options": {"rate": 3}}, "option rate is not known"),
    ],
)
def test_what_cannot_be_asked_of_a_truth_is_refused(arguments, message, tmp_path):
    table = write_csv(tmp_path / "t.csv", TABLE, ("x.mp4", 0, 1, "drinking", "a", "test"))

    with pytest.raises(DataError, match=message):
        read_truth(table, **arguments)


def test_segments_of_one_group_that_touch_are_one_event_with_the_first_onset():
    segments = [
        TrueSegment(0, 10, "safe_driving"),
        TrueSegment(10, 20, "texting_left", 11.0),
        TrueSegment(20.05, 30, "phone_left", 21.0),
        TrueSegment(40, 50, "phone_left"),
        TrueSegment(45, 60, "drinking", 46.0),
    ]

    def group(label):
        return next((g for g, labels in GROUPS.items() if label in labels), label)

    def rows(name_of):
        return [
            (t.name, t.start_seconds, t.end_seconds, t.onset_seconds)
            for t in true_events(segments, name_of, "safe_driving")
        ]

    assert rows(group) == [
        ("phone", 10, 30, 11.0),
        ("phone", 40, 50, 40),
        ("drinking", 45, 60, 46.0),
    ]
    assert rows(str) == [
        ("texting_left", 10, 20, 11.0),
        ("phone_left", 20.05, 30, 21.0),
        ("phone_left", 40, 50, 40),
        ("drinking", 45, 60, 46.0),
    ]
