import json
import sys

import numpy as np
import pytest
import supervision

import edgevid

from .parts import POLICY, SCENE, model


@pytest.fixture(scope="module")
def results(driver, drives):
    return list(edgevid.stream(drives[10], driver, duration_seconds=9))


@pytest.fixture
def phoning(results):
    return next(r for r in results if r.events)


def test_a_plot_is_a_copy_with_the_label_and_leaves_the_image_alone(phoning):
    before = phoning.image.copy()
    picture = phoning.plot()

    assert picture.shape == before.shape
    assert (picture != before).any()
    assert (phoning.image == before).all()
    assert (phoning.plot(overlays=()) == before).all()
    assert (phoning.plot(["label"]) != phoning.plot(["heatmap"])).any()


def test_an_older_result_is_plotted_as_it_was(results):
    early, late = results[20], results[-2]
    first = early.plot()
    late.plot()
    assert (early.plot() == first).all()


def test_wrong_overlays_are_refused(phoning):
    with pytest.raises(edgevid.UnknownPluginError, match="did you mean label"):
        phoning.plot(["lable"])


def test_a_dict_is_ready_for_json(phoning):
    again = json.loads(json.dumps(phoning.to_dict(), allow_nan=False))

    assert again["label"] == "phone_left"
    assert again["events"][0]["state"] == "opened"
    assert again["scores"]["phone_left"] == pytest.approx(again["confidence"])
    assert again["valid"] is True


def test_scores_that_are_not_finite_are_null():
    mine = edgevid.load(edgevid.testing.FakeModel(lambda frame: float("nan")))
    result = mine.session(policy=POLICY).push(SCENE, 0.0)

    assert result.valid is False
    assert result.to_dict()["scores"] == {"calm": None, "busy": None}


def test_supervision_gets_classifications(phoning):
    found = phoning.to_supervision()

    assert isinstance(found, supervision.Classifications)
    [best], [score] = found.get_top_k(1)
    assert list(phoning.scores)[best] == phoning.label
    assert score == pytest.approx(phoning.confidence)


def test_without_supervision_the_command_is_said(phoning, monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError, match="pip install supervision"):
        phoning.to_supervision()


def test_a_notebook_shows_the_plot(phoning):
    assert phoning._repr_png_().startswith(b"\x89PNG")


def test_results_are_frozen(phoning):
    with pytest.raises(AttributeError, match="cannot assign"):
        phoning.label = "x"


def test_saliency_comes_with_the_result_unless_it_is_turned_off(driver, phoning):
    assert phoning.saliency.dtype == np.float32
    assert phoning.saliency.max() <= 1
    assert driver.session(explainer=None).push(phoning.image, 0.0).saliency is None


def test_clips_give_no_result_before_they_are_full():
    mine = edgevid.load(model())
    assert mine.session().push(SCENE, 0.0) is not None
