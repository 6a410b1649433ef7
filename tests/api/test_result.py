import json
import sys

import numpy as np
import pytest
import supervision

import edgevid

from .parts import POLICY, SCENE


@pytest.fixture(scope="module")
def results(driver, drives):
    return list(edgevid.stream(drives[10], driver, duration_seconds=14))


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


def test_without_supervision_the_error_names_the_command(phoning, monkeypatch):
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


def test_a_clip_that_is_not_full_gives_no_result_and_loses_no_event():
    class Clips(edgevid.testing.FakeModel):
        def infer(self, frames, states):
            scores = super().infer(frames, states)
            return [None] if frames[0].index < 3 else scores

    session = edgevid.load(Clips()).session(policy=POLICY)
    results = [session.push(SCENE, i / 10) for i in range(6)]
    assert [r is not None for r in results] == [False] * 3 + [True] * 3
