import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from edgevid_batch.comparison import compare
from edgevid_batch.comparison.compare import iou

from edgevid.cli.app import run_app
from edgevid.records import read_event_file
from edgevid.testing import make_card, make_event, make_run_info
from edgevid.timeline import draw
from tests.full_disk import full_disk
from tests.test_event_file import written

ROOT = Path(__file__).parents[3]


def event(group, start, end, level=0, **rest):
    return make_event(
        group=group, id=f"{group}{start}", label=group, start_seconds=start, end_seconds=end,
        max_level=level, **rest,
    )  # fmt: skip


def session(drive="drive.mp4", model="fake", policy="fleet"):
    return make_run_info(
        drive_id=drive, card=make_card(name=model), policy={"name": policy, "sha256": policy}
    )


BASE = [event("phone", 10.0, 20.0, 2, notify=True), event("smoking", 30.0, 40.0, 1)]


def files(tmp_path, a, b, **sessions):
    given = {"session_a": session(), "session_b": session(), **sessions}
    return [
        written(tmp_path / f"{side}.jsonl", *told, end=3600.0, session=given[f"session_{side}"])
        for side, told in (("a", a), ("b", b))
    ]


def compared(tmp_path, a, b, **options):
    return compare([tuple(map(read_event_file, files(tmp_path, a, b)))], **options)


def changes(difference):
    [drive] = difference.drives
    return [(pair.group, *pair.changes) for pair in drive.pairs]


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (event("phone", 10.0, 20.0, 2), ["kept"]),
        (event("phone", 11.0, 19.0, 2), ["kept"]),
        (event("phone", 11.1, 20.0, 2), ["moved"]),
        (event("phone", 10.0, 22.0, 2), ["moved"]),
        (event("phone", 10.0, 20.0, 3), ["level_raised"]),
        (event("phone", 10.0, 20.0, 0), ["level_lowered"]),
        (event("phone", 12.0, 20.0, 3), ["level_raised", "moved"]),
        (event("phone", 10.0, 30.0, 2), ["moved"]),
        (event("phone", 10.0, 30.1, 2), None),
        (event("phone", 20.0, 30.0, 2), None),
        (event("drinking", 10.0, 20.0, 2), None),
    ],
)
def test_what_became_of_an_event(tmp_path, b, expected):
    difference = compared(tmp_path, [event("phone", 10.0, 20.0, 2)], [b])

    found = [tuple(c) for _, *c in changes(difference)]
    assert sorted(found) == ([("only_in_a",), ("only_in_b",)] if expected is None
                             else [tuple(expected)])  # fmt: skip
    assert difference.equal is (expected == ["kept"])


def test_the_best_match_is_taken_first_and_each_event_once(tmp_path):
    a = [event("phone", 0.0, 10.0), event("phone", 4.0, 14.0)]
    [drive] = compared(tmp_path, a, [event("phone", 3.0, 13.0)]).drives

    starts = [(p.a and p.a.start_seconds, p.b and p.b.start_seconds) for p in drive.pairs]
    assert starts == [(0.0, None), (4.0, 3.0)]


def test_one_long_event_is_not_two_short_ones(tmp_path):
    a = [event("phone", 0.0, 30.0, 3)]
    b = [event("phone", 0.0, 16.0, 3), event("phone", 18.0, 30.0, 3)]

    assert changes(compared(tmp_path, a, b)) == [("phone", "moved"), ("phone", "only_in_b")]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 10), (0, 10), 1.0),
        ((0, 10), (5, 15), 1 / 3),
        ((0, 10), (10, 20), 0.0),
        ((0, 10), (20, 30), 0.0),
        ((5, 5), (5, 5), 1.0),
        ((5, 5), (6, 6), 0.0),
    ],
)
def test_shared_time(a, b, expected):
    assert iou(event("x", *a), event("x", *b)) == pytest.approx(expected)


def test_a_comparison_turned_round_is_the_mirror_image(tmp_path):
    a = [event("phone", 10.0, 20.0, 2), event("phone", 50.0, 60.0), event("smoking", 1.0, 3.0)]
    b = [event("phone", 12.0, 21.0, 3), event("smoking", 1.0, 3.0), event("drinking", 7.0, 9.0)]
    there = compared(tmp_path, a, b).groups
    back = compared(tmp_path, b, a).groups

    for group, counts in there.items():
        other = back[group]
        assert (counts.a, counts.only_in_a, counts.level_raised) == (
            other.b, other.only_in_b, other.level_lowered,
        )  # fmt: skip
        assert (counts.kept, counts.moved) == (other.kept, other.moved)


def test_alerts_are_counted_an_hour_and_alone_make_a_difference(tmp_path):
    again = replace(BASE[0], phase="update")
    difference = compared(tmp_path, BASE, [again, *BASE])

    assert (difference.hours_a, difference.hours_b) == (1.0, 1.0)
    assert (difference.alerts_per_hour_a, difference.alerts_per_hour_b) == (1.0, 2.0)
    assert (difference.groups["phone"].alerts_a, difference.groups["phone"].alerts_b) == (1, 2)
    assert {c for _, *cs in changes(difference) for c in cs} == {"kept"}
    assert not difference.equal


def test_many_events_are_compared_in_no_time(tmp_path):
    events = [event("phone", float(i), i + 0.5) for i in range(2000)]

    assert compared(tmp_path, events, events).equal


# ---------------------------------------------------------------- the command


def test_equal_files_give_0_and_different_ones_1(tmp_path, capsys):
    a, b = files(tmp_path, BASE, [BASE[0], event("drinking", 50.0, 55.0)])

    assert run_app(["diff", str(a), str(a)]) == 0
    assert capsys.readouterr().out.endswith("\nequal\n")
    assert run_app(["diff", str(a), str(b)]) == 1
    shown = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "smoking 00:30 to 00:40, level 1 - only A" in lines
    assert "drinking - 00:50 to 00:55, level 0 only B" in lines
    assert "all 2 2 1 1 1 0 0 0 1 > 1" in lines
    assert lines[-1] == "they differ"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "nothing"),
        ({"model": "new"}, "model"),
        ({"policy": "coach"}, "policy"),
        ({"model": "new", "policy": "coach"}, "model, policy"),
    ],
)
def test_the_header_says_what_differs(tmp_path, capsys, changed, expected):
    a, b = files(tmp_path, BASE, BASE, session_b=session(**changed))

    assert run_app(["diff", str(a), str(b)]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if "differs" in line]
    assert line.split(maxsplit=1)[1].strip() == expected


def test_other_drives_are_refused_unless_forced(tmp_path, capsys):
    a, b = files(tmp_path, BASE, BASE, session_b=session(drive="other.mp4"))

    assert run_app(["diff", str(a), str(b)]) == 2
    assert capsys.readouterr().err == (
        f"error: {a} is of the drive 'drive.mp4' and {b} of 'other.mp4'; --force compares them all "
        f"the same\n"
    )
    assert run_app(["diff", str(a), str(b), "--force"]) == 0


def test_iou_decides_what_is_the_same(tmp_path):
    a, b = files(tmp_path, [event("phone", 0.0, 10.0)], [event("phone", 0.0, 10.9)])

    assert run_app(["diff", str(a), str(b), "--iou", "0.5"]) == 0
    assert run_app(["diff", str(a), str(b), "--iou", "0.95"]) == 1
    assert run_app(["diff", str(a), str(b), "--iou", "0"]) == 2


def test_json_is_all_that_is_printed(tmp_path, capsys):
    a, b = files(tmp_path, BASE, BASE[:1])

    assert run_app(["diff", str(a), str(b), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["equal"] is False
    assert said["groups"]["smoking"]["only_in_a"] == 1
    assert said["levels"] == {"1": {"a": 1, "b": 0}, "2": {"a": 1, "b": 1}}
    assert [pair["changes"] for pair in said["drives"][0]["pairs"]] == [["kept"], ["only_in_a"]]


def test_folders_are_matched_by_name(tmp_path, capsys):
    for side, names in (("a", ["x", "sub/y", "gone"]), ("b", ["x", "sub/y", "new"])):
        for name in names:
            path = tmp_path / side / f"{name}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            told = BASE if name != "sub/y" or side == "a" else BASE[:1]
            written(path, *told, end=3600.0, session=session(drive=f"{name}.mp4"))
    a, b = tmp_path / "a", tmp_path / "b"

    assert run_app(["diff", str(a), str(b)]) == 1
    shown = capsys.readouterr().out
    assert "sub/y.mp4  smoking" in shown
    assert "only A has gone.jsonl" in shown
    assert "only B has new.jsonl" in shown
    assert run_app(["diff", str(a / "sub"), str(b / "sub"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["hours_a"] == 1.0
    (a / "gone.jsonl").unlink()
    (b / "new.jsonl").unlink()
    (b / "sub" / "y.jsonl").write_bytes((a / "sub" / "y.jsonl").read_bytes())
    assert run_app(["diff", str(a), str(b)]) == 0


def test_folders_may_hold_recordings_and_evidence_too(tmp_path, capsys):
    for side in ("old", "new"):
        written(tmp_path / side / "drive.jsonl", *BASE, end=3600.0, session=session())
        (tmp_path / side / "timeline.jsonl").write_text('{"type": "frame"}\n{"type": "end"}\n')
        (tmp_path / side / "manifest.jsonl").write_text('{"name": "e1"}\n')
    folders = [str(tmp_path / "old"), str(tmp_path / "new")]
    assert run_app(["diff", *folders]) == 0
    (tmp_path / "new" / "drive.jsonl").write_text("damaged")
    assert run_app(["diff", *folders]) == 2
    assert "drive.jsonl:1: is no JSON" in capsys.readouterr().err


def test_a_picture_has_a_lane_for_each_side(tmp_path):
    a, b = files(tmp_path, BASE, BASE[:1], session_b=session(model="new"))
    picture = tmp_path / "new folder" / "diff.png"

    assert run_app(["diff", str(a), str(b), "--output", str(picture)]) == 1
    both = cv2.imread(str(picture)).shape
    assert both[1] == 1200
    assert [p.name for p in picture.parent.iterdir()] == ["diff.png"]
    assert run_app(["diff", str(b), str(b), "-o", str(picture)]) == 0
    assert cv2.imread(str(picture)).shape[0] < both[0]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("d.jpg", "the suffix selects the format: .png, .svg"),
        ("/proc/d.png", "cannot be written: "),
        ("folder.png", "cannot be written: Is a directory"),
    ],
)
def test_a_picture_that_cannot_be_written_is_told(tmp_path, capsys, output, message):
    (tmp_path / "folder.png").mkdir()
    a, b = files(tmp_path, BASE, BASE)

    assert run_app(["diff", str(a), str(b), "--output", str(tmp_path / output)]) == 2
    assert message in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl", "folder.png"]


def test_a_full_disk_is_told(tmp_path, capsys):
    a, b = files(tmp_path, BASE, BASE)

    with full_disk():
        assert run_app(["diff", str(a), str(b), "--output", str(tmp_path / "d.png")]) == 2
    assert "File too large" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_without_matplotlib_a_picture_is_refused(tmp_path, capsys, monkeypatch):
    a, b = files(tmp_path, BASE, BASE)
    monkeypatch.setattr(draw.importlib.util, "find_spec", lambda name: None)

    assert run_app(["diff", str(a), str(b), "--output", "d.png"]) == 2
    assert 'pip install "edgevid[plots]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda a, b: [a, "gone.jsonl"], "gone.jsonl: cannot be read: No such file"),
        (lambda a, b: [a, a.parent], "give two files, or two folders"),
        (lambda a, b: [a.parent / "none", a.parent / "none"], "no .jsonl file has the same name"),
        (lambda a, b: [b, a.parent / "broken.jsonl"], "broken.jsonl:1: is no JSON"),
        (lambda a, b: [b, a.parent / "empty.jsonl"], "empty.jsonl: is empty"),
    ],
)
def test_what_cannot_be_compared_is_one_line_and_2(tmp_path, capsys, make, message):
    a, b = files(tmp_path, BASE, BASE)
    (tmp_path / "none").mkdir()
    (tmp_path / "broken.jsonl").write_text("x\n")
    (tmp_path / "empty.jsonl").touch()

    assert run_app(["diff", *map(str, make(a, b))]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_run_that_was_cut_off_is_compared_with_a_warning(tmp_path, capsys):
    a, b = files(tmp_path, BASE, BASE)
    b.write_bytes(b.read_bytes()[:-10])

    assert run_app(["diff", str(a), str(b)]) == 0
    said = capsys.readouterr().err
    assert f"warning: {b}:4: is cut off and was left out" in said
    assert f"warning: {b}: has no end" in said


def test_names_reach_the_terminal_without_their_escape_sequences(tmp_path, capsys):
    nasty = "\x1b[31m[bold]日本\x07"
    a, b = files(tmp_path, [event(nasty, 1.0, 2.0)], [], session_a=session(policy=nasty))

    assert run_app(["diff", str(a), str(b)]) == 1
    shown = capsys.readouterr().out
    assert "?[31m[bold]日本?" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


@pytest.mark.slow
def test_two_policies_over_the_sample_drive(tmp_path, capsys):
    drive = str(ROOT / "examples" / "sample_drive.mp4")
    for name, profile in (("a", "fleet"), ("again", "fleet"), ("b", "research")):
        command = [
            "run",
            drive,
            "-q",
            "--duration",
            "20",
            "--sink",
            f"jsonl:{tmp_path}/{name}.jsonl",
        ]
        assert run_app([*command, "--set", f"events.options.profile={profile}"]) == 0

    a, again, b = (str(tmp_path / f"{name}.jsonl") for name in ("a", "again", "b"))
    assert run_app(["diff", a, again]) == 0
    capsys.readouterr()
    run_app(["diff", a, b, "--json", "--output", str(tmp_path / "d.svg")])
    assert json.loads(capsys.readouterr().out)["drives"][0]["differs"] == ["policy"]
    assert (tmp_path / "d.svg").stat().st_size > 5000
