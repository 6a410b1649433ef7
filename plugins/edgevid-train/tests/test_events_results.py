import json
import unicodedata

import numpy as np
import pytest
from edgevid_train.data.errors import DataError
from edgevid_train.evaluation.events.pairing import pair_up, result_files
from edgevid_train.evaluation.events.result import read_result
from edgevid_train.evaluation.events.truth import TrueDrive, TrueSegment

from edgevid import ConfigError, EventFileError
from tests.event_files import end, event, prediction, session, state, write_lines


def drive(path, label="drinking"):
    return TrueDrive(path, "anna", (TrueSegment(0, 10, label),), 60.0)


def result(folder, name, *lines, **about):
    path = folder / f"{name.rpartition('.')[0]}.jsonl"
    return read_result(write_lines(path, session(name, **about), *lines, end()))


def test_an_event_is_what_its_last_line_says(tmp_path):
    opened = event("phone_left", 3.0, 3.5, phase="open", id_="e1")
    closed = event("texting_left", 2.9, 9.0, level=2, detected=3.5, id_="e1")

    found = result(tmp_path, "x.mp4", opened, closed, event("drinking", 1.0, 2.0))

    assert [(e.group, e.label, e.span, e.max_level) for e in found.events] == [
        ("drinking", "drinking", (1.0, 2.0), 0),
        ("phone", "texting_left", (2.9, 9.0), 2),
    ]
    assert found.events[1].detected_seconds == 3.5
    assert found.unclosed == 0


def test_an_engine_that_does_not_say_when_is_known_by_its_first_line(tmp_path):
    opened = event("drinking", 3.0, 3.5, phase="open", id_="e1")
    closed = event("drinking", 3.0, 9.0, id_="e1")
    late = event("drinking", 20.0, 29.0, id_="e2")

    found = result(tmp_path, "x.mp4", opened, closed, late)

    assert [e.detected_seconds for e in found.events] == [3.5, None]


def test_predictions_gaps_and_states_are_read_and_what_is_unknown_is_left_out(tmp_path):
    gap = {"type": "gap", "start_seconds": 1, "end_seconds": 4, "reason": "no frames"}
    found = result(
        tmp_path, "x.mp4", state("warming_up", 0.0), prediction(0.5, (1, 0, 0, 0), valid=False),
        {"type": "weather", "rain": True}, gap, prediction(4.5, (0.1, None, 0.2, 0.7)),
        state("ok", 4.5),
    )  # fmt: skip

    assert found.availability == (("warming_up", 0.0), ("ok", 4.5))
    assert found.predictions.valid.tolist() == [False, True]
    assert np.isnan(found.predictions.scores[1, 1])
    assert found.last_seconds == 4.5


GOOD = session("x.mp4")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (json.dumps(event("a", 1, 2)).encode(), ":1: does not begin with a session"),
        (json.dumps({**GOOD, "schema_version": 1}).encode(), ":1: has schema version 1"),
        (json.dumps(GOOD).encode() + b"\n" + json.dumps(GOOD).encode(), ":2: begins another run"),
        (
            json.dumps(GOOD).encode() + b"\n" + json.dumps(prediction(1, (1, 0))).encode(),
            "not one score for each of 4 classes",
        ),
        (
            json.dumps(GOOD).encode()
            + b'\n{"type": "gap", "start_seconds": NaN, "end_seconds": 1}',
            ":2: start_seconds",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_the_line(content, message, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)

    with pytest.raises((DataError, EventFileError), match=message) as caught:
        read_result(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_a_line_of_a_killed_run_is_left_out(tmp_path):
    path = write_lines(tmp_path / "x.jsonl", GOOD, prediction(1.0, (1, 0, 0, 0)))
    path.write_bytes(path.read_bytes() + b'{"type": "event", "id"')

    found = read_result(path)

    assert (found.has_end, found.analysed_seconds) == (False, 1.0)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EventFileError, match="cannot be read: "):
        read_result(tmp_path / "none.jsonl")


def test_a_folder_gives_all_event_files_below_it_once(tmp_path):
    files = [write_lines(tmp_path / name, GOOD) for name in ("a.jsonl", "sub/b.jsonl", ".c.jsonl")]
    write_lines(tmp_path / "report.json", GOOD)

    assert result_files([str(tmp_path), str(files[0])]) == files[:2]


@pytest.mark.parametrize(
    ("given", "message"),
    [(["none.jsonl"], "there is no such file"), (["empty"], r"no \.jsonl is in this folder")],
)
def test_results_that_are_not_there_are_refused(given, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(ConfigError, match=message):
        result_files(given)


def test_results_find_their_drives_by_name_in_any_form_of_unicode(tmp_path):
    name = "führer 運転手 ναι"
    truth = [
        drive(tmp_path / "b.mp4"),
        drive(tmp_path / f"{unicodedata.normalize('NFD', name)}.mkv"),
    ]
    results = [
        result(tmp_path, f"{unicodedata.normalize('NFC', name)}.mp4"),
        result(tmp_path, "b.mp4"),
    ]

    pairs, doubts = pair_up(truth, results)

    assert [pair[0] for pair in pairs] == truth
    assert [pair[1] for pair in pairs] == results[::-1]
    assert doubts == []


def test_equal_names_in_two_folders_are_told_apart_by_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = [drive(tmp_path / "recordings" / who / "cam.mp4") for who in ("anna", "ben")]
    results = [result(tmp_path / who, f"{who}/cam.mp4") for who in ("ben", "anna")]

    pairs, _ = pair_up(truth, results)

    assert [r.uri for _, r in pairs] == ["recordings/anna/cam.mp4", "recordings/ben/cam.mp4"]


def test_an_event_files_own_name_helps_if_its_source_has_another(tmp_path):
    found = read_result(write_lines(tmp_path / "monday.jsonl", session("cam0.mp4")))

    pairs, _ = pair_up([drive(tmp_path / "monday.mp4")], [found])

    assert pairs[0][1] is found


@pytest.mark.parametrize(
    ("truth", "results", "message"),
    [
        (["monday", "tuesday"], ["monday"], r"1 of 2 drives: tuesday\.mp4; there are monday"),
        (["monday"], ["mondai"], "no ground truth for recording .*; near 'mondai': monday"),
        (["a/x", "b/x"], ["x"], "has 2 files of that name, none in the same folder"),
    ],
)
def test_what_has_no_partner_is_refused_with_near_names(truth, results, message, tmp_path):
    drives = [drive(tmp_path / f"{name}.mp4") for name in truth]

    with pytest.raises(ConfigError, match=message):
        pair_up(drives, [result(tmp_path, f"{name}.mp4") for name in results])


def test_two_results_of_one_drive_are_refused(tmp_path):
    results = [result(tmp_path / folder, "x.mp4") for folder in ("a", "b")]

    with pytest.raises(ConfigError, match=r"are both of x\.mp4"):
        pair_up([drive(tmp_path / "x.mp4")], results)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"sha256": "ef" * 32}, r"is of m 1 \(abababababab\) and .* of m 1 \(efefefefefef\)"),
        ({"policy": {"name": "other", "sha256": "12"}}, "under different event policies"),
    ],
)
def test_results_of_two_models_or_policies_are_not_mixed(about, message, tmp_path):
    results = [result(tmp_path, "x.mp4"), result(tmp_path, "y.mp4", **about)]

    with pytest.raises(ConfigError, match=message):
        pair_up([drive(tmp_path / f"{n}.mp4") for n in "xy"], results)


def test_a_run_that_was_cut_off_is_told(tmp_path):
    opened = event("drinking", 3.0, 3.5, phase="open")
    lines = [session("x.mp4"), prediction(3.5, (0, 0, 0, 1)), opened]
    found = read_result(write_lines(tmp_path / "x.jsonl", *lines))

    _, doubts = pair_up([drive(tmp_path / "x.mp4")], [found])

    assert "the run was killed or is still going; what never closed (1 events)" in doubts[0]
    assert "was analysed up to 3.5 of 60.0 s" in doubts[1]
    assert found.events[0].span == (3.0, 3.5)


@pytest.mark.parametrize(("seconds", "told"), [(59.9, 0), (None, 0), (20.0, 1)])
def test_a_run_that_ended_early_is_told(seconds, told, tmp_path):
    found = read_result(write_lines(tmp_path / "x.jsonl", session("x.mp4"), end(seconds)))

    _, doubts = pair_up([drive(tmp_path / "x.mp4")], [found])

    assert len(doubts) == told
    assert found.last_seconds == (seconds or 0.0)
