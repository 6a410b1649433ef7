"""Hand-computed numbers of small truths and results."""

import csv
from pathlib import Path

import numpy as np
import pytest
from edgevid_train.evaluation.events.counts import EventCounts
from edgevid_train.evaluation.events.pairing import pair_up
from edgevid_train.evaluation.events.report import evaluate_events
from edgevid_train.evaluation.events.resampling import intervals
from edgevid_train.evaluation.events.result import read_result
from edgevid_train.evaluation.events.schema import CurvePoint
from edgevid_train.evaluation.events.truth import TrueDrive, TrueSegment
from edgevid_train.evaluation.events.writing import (
    markdown,
    read_events_report,
    summary,
    write_events_report,
)
from PIL import Image

from edgevid import ConfigError
from edgevid.timeline import colour_of
from tests.event_files import event, prediction, session, state, write_lines

SAFE, TEXT, CALL, DRINK = "safe_driving", "texting_left", "phone_left", "drinking"
ENTER = {"rules": {"enter": 0.6, "exit": 0.4}}


def drive(name, *segments, driver="anna", seconds=1800.0):
    rows = tuple(TrueSegment(*row) for row in segments)
    return TrueDrive(Path(f"/recordings/{name}.mp4"), driver, rows, seconds)


@pytest.fixture
def evaluate(tmp_path):
    def run(*drives, options=None, policy=None, **arguments):
        pairs, doubts = pair_up(
            [truth for truth, _ in drives],
            [
                read_result(
                    write_lines(
                        tmp_path / f"{truth.name}.jsonl",
                        session(f"{truth.name}.mp4", policy=policy),
                        *lines,
                    )
                )
                for truth, lines in drives
            ],
        )
        return evaluate_events(pairs, options=options, warnings=doubts, **arguments)

    return run


@pytest.fixture
def two(evaluate):
    """Half an hour of Anna and half an hour of Ben."""
    anna = drive("anna", (0, 100, SAFE), (100, 120, TEXT, 101), (120, 130, CALL), (130, 1800, SAFE))
    ben = drive("ben", (0, 50, SAFE), (50, 60, DRINK, 51), (60, 1800, SAFE), driver="ben")
    return evaluate(
        (
            anna,
            [
                event(TEXT, 102, 130, level=3, detected=103),  # IoU 28 / 30
                event(CALL, 500, 520, level=2, detected=501),  # false
                event(DRINK, 104, 110, level=0, detected=105),  # false, while texting
            ],
        ),
        (ben, [event(DRINK, 57, 67, level=1, detected=58.5)]),  # IoU 3 / 17
    )


def test_overall_numbers_are_those_worked_out_by_hand(two):
    assert (two.num_drives, two.num_drivers, two.hours) == (2, 2, 1.0)
    # 30 s of phone and 10 s of drinking in an hour.
    assert two.background_share == pytest.approx(1 - 40 / 3600)
    overall = two.overall
    assert (overall.num_truth, overall.num_events) == (2, 4)
    for row in overall.at:
        assert (row.matched, row.precision, row.recall) == (1, 0.25, 0.5)
        assert row.f1 == pytest.approx(2 / 6, abs=1e-6)
    # 28/30 and 3/17 for the true ones, 0 for two without a partner.
    assert overall.mean_overlap == pytest.approx((28 / 30 + 3 / 17) / 4, abs=1e-6)
    assert overall.detected == 1.0
    # 103 - 101 and 58.5 - 51.
    assert overall.delay.count == 2
    assert (overall.delay.median, overall.delay.p95) == pytest.approx((4.75, 7.225))
    assert [(a.level, a.alerts, a.false, a.false_per_hour) for a in overall.alerts] == [
        (0, 4, 2, 2.0),
        (1, 3, 1, 1.0),
        (2, 2, 1, 1.0),
        (3, 1, 0, 0.0),
    ]
    assert [a.strict_per_hour for a in overall.alerts] == [3.0, 2.0, 1.0, 0.0]


def test_groups_labels_and_drivers_have_numbers_of_their_own(two):
    groups = {row.name: row.scores for row in two.per_group}
    labels = {row.name: row.scores for row in two.per_label}
    drivers = {row.name: row for row in two.per_driver}

    assert two.groups["phone"] == (TEXT, CALL)
    assert (groups["phone"].num_truth, groups["phone"].num_events) == (1, 2)
    assert groups["phone"].at[1].f1 == pytest.approx(2 / 3, abs=1e-6)
    assert groups["drinking"].at[1].f1 == 0
    # By label, texting and calling are two true events.
    assert (labels[TEXT].num_truth, labels[CALL].num_truth) == (1, 1)
    assert labels[TEXT].at[1].matched == 1  # 18 / 30
    assert labels[TEXT].at[2].matched == 0
    assert labels[CALL].alerts[2].false_per_hour == 1.0
    assert drivers["anna"].hours == 0.5
    assert drivers["anna"].scores.alerts[0].false_per_hour == 4.0
    assert drivers["ben"].scores.at[1].f1 == 0


def test_every_error_has_its_place(two):
    rows = {(m.kind, m.drive, m.start_seconds): (m.group, m.cause, m.other) for m in two.mistakes}

    assert rows == {
        ("found", "anna.mp4", 500.0): ("phone", "background", SAFE),
        ("found", "anna.mp4", 104.0): ("drinking", "another_behaviour", "phone"),
        ("found", "ben.mp4", 57.0): ("drinking", "badly_placed", None),
        ("missed", "ben.mp4", 50.0): ("drinking", "shifted", None),
    }
    counted = [(c.kind, c.group, c.count, c.at_level_2) for c in two.mistake_counts]
    assert ("found", "phone", 1, 1) in counted
    assert sum(c.count for c in two.mistake_counts) == len(two.mistakes) == 4


@pytest.mark.parametrize(
    ("lines", "cause", "other"),
    [
        ([], "not_found", None),
        ([prediction(s, (0.7, 0.1, 0.1, 0.1)) for s in range(60)], "below_enter", None),
        # Texting and calling together are above.
        (
            [prediction(s, (0.3, 0.35, 0.3, 0.05) if s == 25 else (1, 0, 0, 0)) for s in range(60)],
            "too_briefly",
            None,
        ),
        ([prediction(25, (0, 1, 0, 0), valid=False)], "below_enter", None),
        ([event(DRINK, 20, 31)], "other_group", "drinking"),
        ([event(DRINK, 20, 29)], "not_found", None),
        ([state("no_signal", 0.0)], "unavailable", None),
        ([state("ok", 0.0), state("degraded", 36.0)], "not_found", None),
        ([event(CALL, 20, 24), event(CALL, 30, 34)], "fragments", None),
        ([event(CALL, 20, 24)], "cut_short", None),
        ([event(CALL, 0, 58)], "too_long", None),
        ([event(CALL, 36, 58)], "shifted", None),
    ],
)
def test_why_an_event_was_missed(evaluate, lines, cause, other):
    truth = drive("x", (20, 40, TEXT), seconds=60.0)

    report = evaluate((truth, lines), options=ENTER)

    [missed] = [m for m in report.mistakes if m.kind == "missed"]
    assert (missed.cause, missed.other) == (cause, other)


def test_what_neither_model_nor_policy_knows_is_told(evaluate):
    report = evaluate((drive("x", (20, 40, "smoking"), seconds=60.0), []))

    assert [m.cause for m in report.mistakes] == ["not_watched"]


@pytest.mark.parametrize(
    ("extra", "cause"), [((101, 120), "duplicate"), ((300, 310), "background")]
)
def test_a_second_event_on_one_true_one_is_a_duplicate(evaluate, extra, cause):
    truth = drive("x", (100, 160, TEXT))

    report = evaluate((truth, [event(TEXT, *extra), event(TEXT, 125, 161)]))

    assert [m.cause for m in report.mistakes if m.kind == "found"] == [cause]


def test_unlabelled_time_counts_for_nothing_where_the_background_is_labelled(evaluate):
    events = [event(DRINK, 300, 310), event(DRINK, 95, 104), event(DRINK, 20, 30)]
    labelled = drive("a", (0, 50, SAFE), (50, 60, DRINK), (60, 100, SAFE), seconds=400.0)
    bare = drive("b", (50, 60, DRINK), seconds=400.0)

    with_background = evaluate((labelled, events))
    without = evaluate((bare, events))

    assert with_background.num_unlabelled == 1
    assert with_background.hours == pytest.approx(100 / 3600, abs=1e-6)
    assert with_background.overall.alerts[0].false == 2
    assert without.num_unlabelled == 0
    assert without.hours == pytest.approx(400 / 3600, abs=1e-6)
    assert without.overall.alerts[0].false == 3


def test_availability_is_the_share_of_time_that_is_ok(evaluate):
    ok = [state("warming_up", 0.0), state("ok", 10.0), state("no_driver", 70.0), state("ok", 90.0)]
    late = [state("ok", 25.0)]

    report = evaluate(
        (drive("x", (20, 40, TEXT), seconds=100.0), ok),
        (drive("y", (20, 40, TEXT), seconds=100.0), late),
    )

    assert report.availability_seconds == {
        "no_driver": 20.0, "ok": 145.0, "unknown": 25.0, "warming_up": 10.0,
    }  # fmt: skip
    assert report.available == pytest.approx(145 / 200)
    assert evaluate((drive("z", (20, 40, TEXT)), [])).available is None


def test_nothing_found_and_nothing_there_has_no_ratios(evaluate):
    nothing = evaluate((drive("x", (0, 60, SAFE), seconds=60.0), []))
    missed = evaluate((drive("y", (0, 60, TEXT), seconds=60.0), []))

    assert nothing.overall.at[1].model_dump() == {
        "iou": 0.5, "matched": 0, "precision": None, "recall": None, "f1": None,
    }  # fmt: skip
    assert (missed.overall.at[1].precision, missed.overall.at[1].f1) == (None, 0.0)
    assert (missed.overall.delay.median, missed.overall.mean_overlap) == (None, 0.0)
    assert "F1 n/a" in summary(nothing)
    assert "n/a" in markdown(nothing)


def test_another_background_may_be_named(evaluate):
    truth = drive("x", (0, 50, "idle"), (50, 60, DRINK), seconds=60.0)

    report = evaluate((truth, []), background="idle")

    assert (report.background, report.overall.num_truth) == ("idle", 1)


def test_without_drives_or_time_there_is_no_report(evaluate):
    with pytest.raises(ConfigError, match="no drives to evaluate"):
        evaluate()
    with pytest.raises(ConfigError, match="last 0 s"):
        evaluate((drive("x", seconds=0.0), []))


def counts(true, found, matched, *, delays=()):
    made = EventCounts(num_truth=true, num_events=found, delays=list(delays))
    made.matched[0.5] = matched
    made.false[2] = found - matched
    return made


def test_intervals_repeat_and_hold_the_value():
    units = [(counts(4, 5, k, delays=[k, k + 1]), 600.0) for k in (1, 2, 3, 4, 4, 2)]

    first, again = intervals(units, range(4)), intervals(units, range(4))
    other = intervals(units, range(4), seed=1)

    assert first == again
    assert first != other
    # 16 of 24 true and of 30 found; 14 false in an hour.
    for name, value in (
        ("recall@0.5", 16 / 24), ("precision@0.5", 16 / 30), ("f1@0.5", 32 / 54),
        ("false_per_hour@2", 14.0), ("delay_median", 3.0),
    ):  # fmt: skip
        assert first[name].low < value < first[name].high


def test_equal_units_have_intervals_of_no_width_and_one_has_none():
    units = [(counts(4, 5, 2, delays=[1.0]), 600.0)] * 6

    found = intervals(units, range(4))

    assert (found["recall@0.5"].low, found["recall@0.5"].high) == (0.5, 0.5)
    assert (found["false_per_hour@2"].low, found["false_per_hour@2"].high) == (18.0, 18.0)
    assert intervals(units[:1], range(4)) == {}


@pytest.mark.parametrize(("drivers", "over"), [(4, "drives"), (5, "drivers")])
def test_whole_drivers_are_drawn_from_five_on(evaluate, drivers, over):
    pairs = [
        (drive(f"x{k}", (20, 40, TEXT), driver=f"d{k % drivers}", seconds=100.0), [])
        for k in range(6)
    ]

    assert evaluate(*pairs).interval_over == over


def point(enter, recall, false):
    return CurvePoint(
        enter=enter, exit=enter / 2, is_own=enter == 0.6, recall=recall, precision=0.5,
        f1=recall / 2, detected=recall, false_per_hour=false, false_per_hour_any=2 * false,
        delay_median=None,
    )  # fmt: skip


def test_a_report_is_written_whole_and_read_again(two, tmp_path):
    curve = tuple(point(*row) for row in ((0.3, 0.9, 12.0), (0.6, 0.7, 1.0), (0.9, 0.2, 0.0)))
    report = two.model_copy(update={"curve": curve, "warnings": ("odd | thing",)})
    out = tmp_path / "out"

    files = write_events_report(report, out)

    assert {path.name for path in files} == {
        "report.json", "report.md", "mistakes.csv", "timeline.png", "curve.png",
    }  # fmt: skip
    assert read_events_report(out / "report.json") == report
    text = (out / "report.md").read_text()
    assert "| Mean overlap score (mOS) | 0.277" in text
    assert "odd \\| thing" in text
    assert "![timeline](timeline.png)" in text
    with (out / "mistakes.csv").open(newline="") as file:
        assert [row["cause"] for row in csv.DictReader(file)].count("background") == 1
    with Image.open(out / "curve.png") as picture:
        assert picture.size == (1000, 480)
    # Without a curve, that of an older report goes.
    write_events_report(two, out)
    assert not (out / "curve.png").exists()


def test_the_timeline_has_pages_and_old_ones_go(evaluate, tmp_path):
    many = evaluate(
        *(
            (drive(f"x{k:02}", (20, 40, TEXT), seconds=100.0), [event(CALL, 60, 70, level=k % 4)])
            for k in range(13)
        )
    )
    long = evaluate((drive("long", (20, 40, TEXT), seconds=1500.0), [event(CALL, 590, 610)]))

    pages = [p.name for p in write_events_report(many, tmp_path) if p.suffix == ".png"]
    again = [p.name for p in write_events_report(long, tmp_path) if p.suffix == ".png"]

    assert pages == ["timeline.png", "timeline_2.png"]
    assert again == ["timeline.png"]
    assert not (tmp_path / "timeline_2.png").exists()


def test_a_group_has_the_colour_that_it_has_in_every_timeline(evaluate, tmp_path):
    report = evaluate((drive("x", (20, 40, TEXT), seconds=60.0), [event(CALL, 20, 40)]))
    write_events_report(report, tmp_path)

    picture = np.array(Image.open(tmp_path / "timeline.png").convert("RGB"), int)
    phone = list(bytes.fromhex(colour_of("phone")[1:]))
    assert (abs(picture - phone).max(axis=2) < 4).sum() > 10_000


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "naïve 運転 | x", "a$b$c", "x\ty"])
def test_names_from_files_break_neither_table_nor_picture(evaluate, name, tmp_path):
    truth = drive("x", (20, 40, TEXT), driver=name, seconds=100.0)

    report = evaluate((truth, [event(name, 60, 70)]))
    write_events_report(report, tmp_path)

    rows = [r for r in (tmp_path / "report.md").read_text().splitlines() if r.startswith("| ")]
    assert all(row.endswith(" |") for row in rows)
    with (tmp_path / "mistakes.csv").open(newline="") as file:
        cells = {cell for row in csv.DictReader(file) for cell in row.values()}
    assert not any(cell.startswith("=") for cell in cells)


def test_a_folder_that_cannot_be_written_is_refused(two, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="the report cannot be written: "):
        write_events_report(two, tmp_path / "file" / "out")


@pytest.mark.parametrize("content", ["", "{}", '{"report_version": 1}', "[1, 2]"])
def test_what_is_no_report_is_refused(content, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(content)

    with pytest.raises(ConfigError, match="not a report of events"):
        read_events_report(path)
