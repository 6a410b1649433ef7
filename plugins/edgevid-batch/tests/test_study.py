"""Figures of a study: right numbers, honest intervals, and a warning where there is no claim."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from edgevid_batch.config.telemetry import StudyConfig
from edgevid_batch.scored import Scored
from edgevid_batch.study import make_study, read_study, study_charts, study_drive
from edgevid_batch.telemetry import Series
from scipy import stats

from edgevid.errors import ConfigError
from edgevid.testing import make_event
from tests.study_drives import drive, slow, stretches

QUICK = {"resamples": 300}
BY_FOLDER = {**QUICK, "driver": "{drive.parent}"}


def only(study, **wanted):
    [found] = [f for f in study.figures if all(getattr(f, k) == v for k, v in wanted.items())]
    return found


def random_drives(seed, count, length=600, effect=0.0):
    random = np.random.default_rng(seed)
    drives = []
    for number in range(count):
        seen = stretches(random, length)
        pulse = 70 + 10 * random.normal() + slow(random, length) + effect * seen
        speed = 50 + 10 * slow(random, length)
        drives.append(drive(f"d{number}", seen, speed_kmh=speed, pulse=pulse))
    return drives


def test_correlations_are_those_of_scipy():
    drives = random_drives(1, 12, effect=1.0)
    study = make_study(drives, StudyConfig(**QUICK))
    seen = np.concatenate([d.behaviours["phone"].active for d in drives])
    pulse = np.concatenate([d.channels["pulse"] for d in drives]).astype(float)
    shares = [d.behaviours["phone"].active.mean() for d in drives]
    means = [d.channels["pulse"].astype(float).mean() for d in drives]
    centred = [
        np.concatenate([one - one.mean() for one in parts])
        for parts in (
            [d.behaviours["phone"].active.astype(float) for d in drives],
            [d.channels["pulse"].astype(float) for d in drives],
        )
    ]
    expected = {
        "point_biserial": stats.pointbiserialr(seen, pulse).statistic,
        "within_driver": stats.pearsonr(*centred).statistic,
        "spearman": stats.spearmanr(shares, means).statistic,
    }

    for measure, value in expected.items():
        figure = only(study, behaviour="phone", channel="pulse", measure=measure)
        assert figure.value == pytest.approx(value, rel=1e-4)
        assert figure.low <= figure.value <= figure.high
        assert (figure.num_drivers, figure.num_drives, figure.num_seconds) == (12, 12, 7200)


def test_shares_and_rates_are_counted_by_speed():
    drives = [
        drive("a", [0, 1, 1, 0, 1, 0], speed_kmh=[0, 0, 40, 40, 40, 130]),
        drive("b", [1, 1, 0, 0], [1, 1, 1, 0], speed_kmh=[40, 49.9, 50, np.nan]),
    ]
    study = make_study(drives, StudyConfig(**QUICK))

    def told(measure, behaviour="any_event"):
        found = [f for f in study.figures if f.measure == measure and f.behaviour == behaviour]
        return {f.from_value: (f.value, f.num_seconds) for f in found}

    assert told("share") == {
        0.0: (0.5, 2), 1.0: (None, 0), 30.0: (0.8, 5), 50.0: (0.0, 1), 80.0: (None, 0),
        120.0: (0.0, 1),
    }  # fmt: skip
    assert told("per_hour")[30.0] == (1440.0, 5)
    never = only(study, measure="share", behaviour="any_event", from_value=50.0)
    assert (never.low, "it was never observed" in "; ".join(never.warnings)) == (None, True)
    assert told("share", "one_handed")[50.0] == (1.0, 1)
    assert not told("per_hour", "one_handed")


def test_a_relation_within_drivers_is_told_from_one_between_them():
    random = np.random.default_rng(5)
    drives = []
    for number in range(20):
        calm = number % 2
        seen = stretches(random, 400, begin=0.005 if calm else 0.05)
        # Who phones more has the higher pulse all the time, and a lower one while phoning.
        pulse = (60 if calm else 90) + random.normal(size=400) - 3 * seen
        drives.append(drive(f"d{number}", seen, pulse=pulse))
    study = make_study(drives, StudyConfig(**QUICK))
    pooled, within, between = (
        only(study, behaviour="phone", channel="pulse", measure=measure)
        for measure in ("point_biserial", "within_driver", "spearman")
    )

    assert pooled.low > 0
    assert within.high < 0
    assert between.value > 0
    assert (pooled.warnings, within.warnings) == ((), ())


@pytest.mark.slow
def test_seconds_that_are_alike_are_not_taken_for_evidence():
    """Of drives without any relation, intervals of seconds alone would rarely hold 0."""
    holds = {"drivers": 0, "seconds": 0}
    for seed in range(30):
        drives = random_drives(100 + seed, 12, length=400)
        study = make_study(drives, StudyConfig(resamples=200, seed=seed))
        figure = only(study, behaviour="phone", channel="pulse", measure="within_driver")
        holds["drivers"] += figure.low <= 0 <= figure.high
        holds["seconds"] += abs(figure.value) < 1.96 / figure.num_seconds**0.5
        assert figure.num_effective < figure.num_seconds / 5

    assert holds["drivers"] >= 24
    assert holds["seconds"] <= 18


def test_drives_of_one_driver_are_drawn_together():
    apart = random_drives(3, 24, effect=0.5)
    together = [
        type(one)(f"d{number // 2}", one.second, one.behaviours, one.channels, one.units)
        for number, one in enumerate(apart)
    ]
    figure = only(make_study(together, StudyConfig(**BY_FOLDER)), behaviour="phone",
                  channel="pulse", measure="point_biserial")  # fmt: skip

    assert (figure.num_drives, figure.num_drivers) == (24, 12)


FLAT = [1.0] * 600
SOME = ([0] * 5 + [1] * 5) * 60


@pytest.mark.parametrize(
    ("drives", "measure", "warning"),
    [
        ([drive("a", SOME, pulse=range(600))], "point_biserial", "no interval: 1 driver"),
        ([drive("a", SOME, pulse=range(600))] * 3, "point_biserial", "at least 10 are needed"),
        ([drive("a", SOME, pulse=FLAT)] * 12, "point_biserial", "pulse does not vary"),
        ([drive("a", [0] * 9, pulse=range(9))] * 12, "spearman", "it was never observed"),
        ([drive("a", [1] * 9, pulse=range(9))] * 12, "spearman", "observed in every second"),
        ([drive("a", SOME, pulse=[np.nan] * 600)], "spearman", "no second in which both"),
        ([drive(x, SOME, pulse=range(600)) for x in "ab"], "spearman", "no ranks to compare"),
        ([drive(x, SOME, pulse=range(600)) for x in "abc"], "spearman", "all drivers are alike"),
        (
            [drive(x, [i % 2] * 600, pulse=[i] * 600) for i, x in enumerate("abcd")],
            "within_driver", "nothing varies within a driver",
        ),
        (
            [drive(x, [0] * 300 + [1] * 300, pulse=range(600)) for x in "abc"],
            "point_biserial", "observed 3 times only",
        ),
        (
            [drive(x, [0] * 300 + [1] * 300, pulse=range(600)) for x in "abc"],
            "point_biserial", "1800 are worth about",
        ),
        (random_drives(7, 4), "point_biserial", "4 drivers; at least 10"),
        (random_drives(7, 12), "within_driver", "only counting seconds would make it look certain"),
        (
            [*[drive(f"d{n}", SOME) for n in range(19)], drive("x", SOME, pulse=range(600)),
             drive("y", SOME, pulse=FLAT)],
            "point_biserial", "2 drivers; at least 10",
        ),
    ],
)  # fmt: skip
def test_what_cannot_carry_a_claim_is_warned_of(drives, measure, warning):
    study = make_study(drives, StudyConfig(**QUICK))
    figure = only(study, behaviour="phone", channel="pulse", measure=measure)

    assert warning in "; ".join(figure.warnings)


@pytest.mark.parametrize(
    ("drives", "config", "note"),
    [
        (random_drives(1, 3), QUICK, "Every drive counts as a driver of its own"),
        (random_drives(1, 3), QUICK, "would leave out 0 by chance alone"),
        ([drive("a", [0] * 9, pulse=range(9))], QUICK, "There are no events"),
        ([], QUICK, "There are no events"),
        ([], QUICK, "do not say where the hands are"),
    ],
)
def test_what_all_figures_share_is_noted(drives, config, note):
    assert note in " ".join(make_study(drives, StudyConfig(**config)).notes)


def test_named_drivers_need_no_note():
    study = make_study(random_drives(1, 3), StudyConfig(**BY_FOLDER))

    assert "driver of its own" not in " ".join(study.notes)


CLASSES = ("safe_driving", "phone_left", "drinking", "talking_to_passenger")


def test_a_drive_is_brought_onto_seconds():
    scores = np.array([
        [0.9, 0.1, 0.0, 0.0], [0.2, 0.4, 0.4, 0.0], [0.1, 0.0, 0.0, 0.9], [0.45, 0.1, 0.1, 0.35],
        [0.0, 0.9, 0.1, 0.0],
    ], np.float32)  # fmt: skip
    seconds = np.array([0.5, 1.5, 2.5, 3.5, 7.5])
    scored = Scored(
        np.arange(5), seconds, np.ones(5, bool), seconds, np.array([1, 1, 1, 1, 1], bool), scores
    )
    events = [
        make_event(group="phone", label="phone_left", start_seconds=1.2, end_seconds=3.0),
        make_event(group="drinking", label="drinking", start_seconds=7.9, end_seconds=8.4),
    ]
    pulse = Series.of([(0.2, 60.0), (0.8, 62.0), (1.9, 64.0)], "bpm", 2.0)
    found = study_drive("me", scored, events, {"pulse": pulse}, CLASSES, StudyConfig())
    hands = found.behaviours["one_handed"]

    assert found.second.tolist() == [0, 1, 2, 3, 7]
    assert found.behaviours["phone"].active.tolist() == [False, True, True, False, False]
    assert found.behaviours["phone"].begun.tolist() == [0, 1, 0, 0, 0]
    assert found.behaviours["any_event"].active.tolist() == [False, True, True, False, True]
    assert hands.known.tolist() == [True, True, False, False, True]
    assert hands.active.tolist() == [False, True, False, False, True]
    np.testing.assert_array_equal(found.channels["pulse"], [61.0, 64.0, 64.0, 64.0, np.nan])


def test_hands_are_configured():
    config = StudyConfig(one_handed=("talking_to_passenger",), two_handed=("drinking",))
    scored = Scored(
        np.arange(1), np.array([0.5]), np.ones(1, bool), np.array([0.5]), np.ones(1, bool),
        np.array([[0.0, 0.3, 0.0, 0.7]], np.float32),
    )  # fmt: skip
    found = study_drive("me", scored, [], {}, CLASSES, config).behaviours["one_handed"]

    assert (found.known.tolist(), found.active.tolist()) == ([True], [True])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"one_handed": ["a"], "two_handed": ["a"]}, "'a' is in one_handed and in two_handed"),
        ({"speed_bins_kmh": [0, 50, 30]}, "must rise"),
        ({"speed_bins_kmh": [-1, 50]}, "must rise"),
        ({"driver": "{driver}"}, r"\{driver\} is no placeholder"),
    ],
)
def test_a_study_that_means_nothing_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        StudyConfig(**values)


def test_equal_drives_give_equal_bytes_and_the_seed_counts():
    drives = random_drives(9, 11)
    first, again = (make_study(drives, StudyConfig(**QUICK)).model_dump_json() for _ in range(2))

    assert first == again
    assert first != make_study(drives, StudyConfig(**QUICK, seed=1)).model_dump_json()


def test_charts_are_drawings_that_are_equal_each_time(tmp_path):
    study = make_study(random_drives(2, 12, effect=1.0), StudyConfig(**QUICK))
    (tmp_path / "study.json").write_text(study.model_dump_json())
    charts = study_charts(tmp_path)

    assert [title for title, _, _ in charts] == [
        "Interactions against speed", "Each kind of interaction against speed",
        "One- or two-handed driving against speed", "Behaviour and speed", "Behaviour and pulse",
    ]  # fmt: skip
    assert all("95% intervals, drawn over 12 drivers" in caption for _, caption, _ in charts)
    for _, _, svg in charts:
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert study_charts(tmp_path) == charts


@pytest.mark.parametrize("drives", [[], [drive("a", [0] * 9, pulse=range(9))], [drive("a", [])]])
def test_charts_of_next_to_nothing(tmp_path, drives):
    study = make_study(drives, StudyConfig(**QUICK))
    (tmp_path / "study.json").write_text(study.model_dump_json())

    assert study_charts(tmp_path) == []


def test_without_a_study_there_are_no_charts_and_a_damaged_one_is_told(tmp_path):
    assert (read_study(tmp_path), study_charts(tmp_path)) == (None, [])
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(ConfigError, match=r"study\.json: cannot be read; run edgevid batch again"):
        read_study(tmp_path)
