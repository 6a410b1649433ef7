"""End to end: clips whose colour shows the class, a bundle that scores by colour."""

import hashlib
import struct

import numpy as np
import pytest
from edgevid_train.evaluation.calibration import calibrate
from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.conditions import CONDITIONS
from edgevid_train.evaluation.report import EvaluationReport, evaluate, write_report
from edgevid_train.evaluation.scoring import ClipScores
from edgevid_train.evaluation.writing import markdown, read_report

from edgevid import ConfigError
from tests.tiny_bundles import CLASSES, card_for, write_bundle

SIZES = {
    "confusion": (800, 720),
    "per_class": (800, 600),
    "reliability": (900, 480),
    "robustness": (800, 800),
    "early": (700, 450),
}


def colour_clip(label, driver, *, shown=None, seconds=2.0, hold=None):
    """Grey until the hold begins, brighter in the channel of ``shown`` from then on."""
    start = hold[0] if hold else 0.0

    def frames_at(times):
        images = np.full((len(times), 8, 12, 3), 60, np.uint8)
        images[times >= start - 1e-6, ..., CLASSES.index(shown or label)] = 200
        return images

    return LabelledClip(f"{driver} {label} {shown}", label, driver, frames_at, seconds, hold)


@pytest.fixture(scope="module")
def clips():
    hold = (0.5, 2.0)
    good = [colour_clip(c, d, hold=hold) for d in ("anna", "ben") for c in CLASSES]
    return [*good, colour_clip("red", "ben", shown="blue"), colour_clip("green", "cleo")]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    card = card_for("stream", warmup_seconds=0.3, temperature=2.0, name="tiny|stream")
    return write_bundle(tmp_path_factory.mktemp("bundle") / "m.onnx", card)


@pytest.fixture(scope="module")
def report(bundle, clips):
    return evaluate(bundle, clips)


def test_numbers_are_those_of_the_clips(report, bundle):
    assert (report.model, report.num_clips, report.num_drivers) == ("tiny|stream", 8, 3)
    assert report.sha256 == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert report.runs_on["backend"] == "onnxruntime"
    assert report.top1.value == pytest.approx(7 / 8)
    assert 0 <= report.top1.low <= report.top1.value <= report.top1.high <= 1
    assert report.confusion == ((2, 0, 0), (0, 3, 0), (1, 0, 2))
    assert report.macro_f1 == pytest.approx((0.8 + 1 + 0.8) / 3)
    assert (report.chance, report.majority) == pytest.approx((1 / 3, 3 / 8))
    assert [(r.driver, r.clips, r.top1) for r in report.per_driver] == [
        ("anna", 3, 1.0),
        ("ben", 4, 0.75),
        ("cleo", 1, 1.0),
    ]
    assert [(r.label, r.support) for r in report.per_class] == [
        ("blue", 2),
        ("green", 3),
        ("red", 3),
    ]
    assert report.num_short_clips == 0
    assert report.interval_over == "clips"


def test_every_condition_is_in_the_table_and_colour_blind_ones_fall_to_chance(report):
    found = {row.condition: row for row in report.robustness}

    assert list(found) == [condition.name for condition in CONDITIONS]
    assert found["clean"].top1 == report.top1
    assert found["clean"].drop == 0
    # Without colour all three logits are equal, and the first class, blue, is named.
    assert found["infrared"].top1.value == pytest.approx(2 / 8)
    assert found["infrared"].drop == pytest.approx(5 / 8)
    for name in ("held_5fps", "speed_2", "jpeg_40", "brightness_0.4", "blur_2", "noise_12"):
        assert found[name].top1.value == pytest.approx(7 / 8)


def test_the_early_curve_counts_clips_with_a_hold_phase(report):
    assert [row.part for row in report.early] == pytest.approx(np.arange(1, 11) / 10)
    assert {(row.top1, row.clips) for row in report.early} == {(1.0, 6)}


def test_calibration_rests_on_frames_of_the_hold_phase(report):
    # 15 frames each of the six held clips, 17 after the warm-up of the two others.
    assert report.num_frames == 6 * 15 + 2 * 17
    assert sum(b.frames for b in report.reliability_before) == report.num_frames
    # 7 of 8 right at a confidence of 0.45 is too modest: the temperature must fall.
    assert report.temperature < report.card_temperature == 2.0
    assert report.ece_after < report.ece_before


def test_whole_drivers_are_drawn_from_five_on(bundle):
    clips = [colour_clip("red", f"d{i}", shown="blue" if i == 4 else None) for i in range(5)]
    found = evaluate(bundle, clips, conditions=False)

    assert found.interval_over == "drivers"
    assert found.top1.value == pytest.approx(0.8)


def test_without_conditions_there_is_no_table_and_progress_counts_clips(bundle, clips):
    told = []
    found = evaluate(bundle, clips[:3], conditions=False, progress=lambda *now: told.append(now))

    assert (found.robustness, told) == ((), [(1, 3), (2, 3), (3, 3)])


def test_chosen_conditions_only(bundle, clips):
    told = []
    chosen = [c for c in CONDITIONS if c.group == "JPEG"]
    found = evaluate(bundle, clips[:2], conditions=chosen, progress=lambda *now: told.append(now))

    assert [row.condition for row in found.robustness] == ["clean", "jpeg_20", "jpeg_40"]
    assert told == [(3, 6), (6, 6)]


def test_clips_shorter_than_the_warm_up_are_counted(bundle):
    found = evaluate(bundle, [colour_clip("red", "anna", seconds=0.2)], conditions=False)

    assert (found.num_short_clips, found.top1.value, found.early) == (1, 1.0, ())
    assert "1 clip ends before" in markdown(found)


def test_a_report_comes_back_as_it_was_and_holds_nothing_else(report, tmp_path):
    write_report(report, tmp_path / "new" / "folder")
    path = tmp_path / "new" / "folder" / "report.json"

    assert read_report(path) == report
    with pytest.raises(ValueError, match="extra"):
        EvaluationReport.model_validate(report.model_dump() | {"extra": 1})
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="not a report of an evaluation"):
        read_report(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_report(tmp_path / "none.json")


@pytest.mark.slow
def test_pictures_are_small_png_files_of_the_stated_size(report, tmp_path):
    written = write_report(report, tmp_path)

    assert sorted(p.name for p in written) == sorted(
        ["report.json", "report.md", *(f"{name}.png" for name in SIZES)]
    )
    for name, size in SIZES.items():
        data = (tmp_path / f"{name}.png").read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == size
        assert data[-8:-4] == b"IEND"
        assert 2_000 < len(data) < 60_000


@pytest.mark.slow
def test_pictures_stay_small_with_many_classes_and_odd_names(report, tmp_path):
    names = [f"class_{i}$ with <a> long_name" for i in range(20)]
    random = np.random.default_rng(0)
    counts = tuple(map(tuple, random.integers(0, 40, (20, 20)).tolist()))
    rows = tuple(
        report.per_class[0].model_copy(update={"label": name, "f1": random.random()})
        for name in names
    )
    large = report.model_copy(
        update={"class_names": tuple(names), "confusion": counts, "per_class": rows}
    )
    for path in write_report(large, tmp_path):
        assert path.suffix != ".png" or path.stat().st_size < 60_000


@pytest.mark.slow
def test_pictures_of_an_older_report_do_not_stay(report, tmp_path):
    write_report(report, tmp_path)
    write_report(report.model_copy(update={"robustness": (), "early": ()}), tmp_path)

    assert {p.stem for p in tmp_path.glob("*.png")} == {"confusion", "per_class", "reliability"}
    assert "Robustness" not in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_text_has_whole_tables_and_the_pictures(report, tmp_path):
    write_report(report, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")

    assert text.startswith("# Evaluation of tiny\\|stream 0\n")
    assert "| Top-1 | 87.5 % (" in text
    assert "| infrared | infrared | 25.0 % (" in text
    assert "| -62.5 |" in text
    assert "![early](early.png)" in text
    columns = [line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"]
    assert set(columns) == {3, 4, 5, 6}


def test_a_folder_that_cannot_be_is_refused(report, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match="the report cannot be written"):
        write_report(report, tmp_path / "file")


def test_nothing_to_evaluate_and_unknown_labels_are_refused(bundle, clips):
    with pytest.raises(ConfigError, match="no clips"):
        evaluate(bundle, [])
    clip = LabelledClip("c", "yellow", "d", clips[0].frames_at, 1.0)
    with pytest.raises(ConfigError, match=r"'yellow' is not a class .* blue, green, red"):
        evaluate(bundle, [clip])


@pytest.mark.parametrize("drivers", [["a", "b"], ["a", "a"]])
def test_no_frame_is_calibrated_by_itself(drivers):
    # The model is too loud in one half and honest in the other: each gets the other's temperature.
    def scores(right):
        logits = np.tile(np.float32([4.0, 0.0]), (100, 1))
        logits[right:] = logits[right:, ::-1]
        return ClipScores(np.arange(100.0), logits, np.ones(100, bool))

    clips = [LabelledClip("c", "x", d, lambda t: t, 100.0) for d in drivers]
    found = calibrate(clips, [scores(60), scores(98)], [0, 0], 1.0)
    first, second = found.after[:100].max(), found.after[100:].max()

    assert (first, second) == pytest.approx((0.98, 0.60), abs=0.01)
    assert found.before.max() == pytest.approx(1 / (1 + np.exp(-4)))


def test_of_many_drivers_the_worst_are_shown(report):
    from edgevid_train.evaluation.schema import DriverResult
    from edgevid_train.evaluation.writing import markdown

    many = tuple(DriverResult(driver=f"d{k:03}", clips=1 + k % 2, top1=k / 99) for k in range(100))
    text = markdown(report.model_copy(update={"per_driver": many}))
    assert "## The 30 worst of 100 drivers" in text
    assert "| d000 |" in text
    assert "| d029 |" in text
    assert "| d030 |" not in text
