import numpy as np
import pytest

from edgevid.default_plugins.models.roi_activity import RoiActivity
from edgevid.testing import check_model
from edgevid.types import Frame

REGIONS = [
    {"name": "radio", "box": (0.6, 0.5, 0.9, 0.8)},
    {"name": "wheel", "polygon": ((0.1, 0.5), (0.4, 0.5), (0.25, 0.9))},
]


def model(**options):
    return RoiActivity(RoiActivity.Options(regions=REGIONS, **options))


def scene(seed=0, size=(90, 160)):
    return np.random.default_rng(seed).uniform(50, 130, (*size, 1)).repeat(3, axis=2)


def hand(picture, box, level=200.0):
    """Something bright in a box of fractions."""
    h, w = picture.shape[:2]
    x0, y0, x1, y1 = box
    picture[int(y0 * h) : int(y1 * h), int(x0 * w) : int(x1 * w)] = level


def run(one, seconds, paint, rate=10.0, seed=0):
    """Scores (T, R) of a drive that ``paint(picture, t)`` changes."""
    noise = np.random.default_rng(1)
    base, state, found = scene(seed), one.open(), []
    for index in range(round(seconds * rate)):
        picture = base + noise.normal(0, 2, base.shape)
        picture = paint(picture, index / rate)
        image = np.clip(picture, 0, 255).astype(np.uint8)
        [prediction] = one.step([Frame(image, index, index / rate, 0.0, "s")], [state])
        found.append(prediction.scores)
    return np.stack(found)


def reach(start, end, box=(0.62, 0.52, 0.88, 0.78)):
    def paint(picture, t):
        if start <= t < end:
            hand(picture, box)
        return picture

    return paint


@pytest.mark.parametrize("measure", ["difference", "intensity"])
def test_a_hand_in_a_region_scores_there_and_nowhere_else(measure):
    scores = run(model(measure=measure), 20, reach(8, 12))

    assert scores[82:118, 0].min() > 0.6
    assert scores[:, 1].max() < 0.5
    assert scores[30:78, 0].max() < 0.5
    assert scores[125:, 0].max() < 0.5


def test_nothing_happens_when_nothing_happens():
    assert run(model(), 30, lambda picture, t: picture).max() < 0.5


@pytest.mark.parametrize("gain", [0.5, 1.6])
def test_a_change_of_light_is_no_activity(gain):
    scores = run(model(), 25, lambda p, t: p * gain if t >= 10 else p)

    assert scores.max() < 0.5


def test_a_hand_that_stays_is_not_absorbed_at_once():
    scores = run(model(), 45, reach(8, 38))

    assert scores[90:375, 0].min() > 0.5
    assert scores[385:, 0].max() < 0.5


def test_what_stays_very_long_becomes_background():
    scores = run(model(max_active_seconds=10.0, baseline_seconds=3.0), 60, reach(8, 60))

    assert scores[100:150, 0].min() > 0.5
    assert scores[-50:, 0].max() < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("rate", [5, 15, 30])
def test_the_rate_of_frames_makes_no_difference(rate):
    active = run(model(), 20, reach(8, 12), rate=rate)[:, 0] > 0.5
    times = np.flatnonzero(active) / rate

    assert times.min() == pytest.approx(8, abs=0.3)
    assert times.max() == pytest.approx(12, abs=0.3)


def test_grey_infrared_and_colour_are_alike():
    grey = run(model(), 15, reach(8, 12))
    dark = run(model(), 15, lambda p, t: reach(8, 12)(p, t) * 0.3)

    assert (grey[85:115, 0] > 0.5).all()
    assert (dark[85:115, 0] > 0.5).all()


def test_it_passes_the_conformance_check():
    check_model(model())


def test_regions_are_named_for_the_overlay():
    one = model()

    assert [r.name for r in one.regions] == ["radio", "wheel"] == list(one.card.class_names)


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([{"name": "a"}], "either box or polygon"),
        ([{"name": "a", "box": (0.5, 0, 0.4, 1)}], "x0 < x1"),
        ([{"name": "a", "box": (0, 0, 2, 1)}], "less than or equal to 1"),
        ([{"name": "a", "polygon": ((0, 0), (1, 1))}], "at least 3 points"),
        ([], "at least 1 item"),
        ([{"name": "a", "box": (0, 0, 1, 1)}] * 2, "different names"),
    ],
)
def test_regions_that_make_no_sense_are_refused(regions, message):
    with pytest.raises(ValueError, match=message):
        RoiActivity.Options(regions=regions)
