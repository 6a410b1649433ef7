from dataclasses import replace

import numpy as np
import pytest

from edgevid.config import BackendConfig, ModelConfig
from edgevid.default_plugins.models.bundle import activate, saliency_of
from edgevid.errors import BackendUnavailableError, BundleError
from edgevid.pipeline.build import build_model
from edgevid.plugins import load_plugins
from edgevid.testing import FakeModel, check_model, make_frame
from tests.tiny_bundles import card_for, write_bundle

PLUGINS = load_plugins(discover=False)
MODES = ["frame", "stream", "clip", "multirate"]


def open_model(tmp_path, card, **backend):
    path = write_bundle(tmp_path / "m.onnx", card)
    choice = BackendConfig(name="onnxruntime", **backend)
    return build_model(PLUGINS, ModelConfig(name=str(path)), choice).model


def run(model, levels):
    state = model.open()
    frames = [make_frame(i, level=level) for i, level in enumerate(levels)]
    return [model.step([frame], [state])[0] for frame in frames]


@pytest.mark.parametrize("mode", MODES)
def test_every_temporal_mode_passes_the_conformance_check(tmp_path, mode):
    with open_model(tmp_path, card_for(mode, has_cam=mode == "stream")) as model:
        check_model(model)


def test_a_clip_is_due_once_the_window_is_full_and_then_every_stride(tmp_path):
    model = open_model(tmp_path, card_for("clip"))
    found = [p is not None for p in run(model, [0] * 9)]

    assert found == [False, False, False, True, False, True, False, True, False]


def test_pathways_sample_one_window_at_their_own_rates(tmp_path):
    model = open_model(tmp_path, card_for("multirate", activation="sigmoid"))
    [*_, last] = run(model, [0, 0, 0, 0, 0, 255])

    # fast sees frames 2-5 (mean 1/4), slow sees frames 1 and 5 (mean 1/2): logits are -1/4.
    assert last.scores == pytest.approx([1 / (1 + np.exp(0.25))] * 3, abs=1e-4)


def test_a_pathway_may_say_which_frames_of_the_window_it_takes(tmp_path):
    slow = {"name": "slow", "num_frames": 2, "rate_hz": 10.0, "frames_back": [5, 1]}
    paths = (slow, {"name": "fast", "num_frames": 4, "rate_hz": 10.0})
    model = open_model(tmp_path, card_for("multirate", activation="sigmoid", pathways=paths))
    *early, last = run(model, [255, 0, 0, 0, 0, 0])

    # fast sees frames 2-5 (none), slow sees frames 0 and 4 (mean 1/2): logits are -1/2.
    assert early == [None] * 5
    assert last.scores == pytest.approx([1 / (1 + np.exp(0.5))] * 3, abs=1e-4)
    assert last.start_seconds == 0


def test_evidence_starts_where_the_window_starts(tmp_path):
    model = open_model(tmp_path, card_for("clip"))
    [*_, last, _] = run(model, [0] * 9)

    assert (last.start_seconds, last.end_seconds) == pytest.approx((0.4, 0.7))


def test_predictions_are_not_valid_during_the_warm_up(tmp_path):
    model = open_model(tmp_path, card_for("stream", warmup_seconds=0.5))

    assert [p.valid for p in run(model, [9] * 8)] == [False] * 5 + [True] * 3


def red_frame():
    frame = make_frame(0, level=0)
    image = frame.image.copy()
    image[..., 2] = 255
    return replace(frame, image=image)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_temperature_divides_logits_before_they_become_scores(tmp_path, temperature):
    model = open_model(tmp_path, card_for("frame", temperature=temperature))
    [found] = model.step([red_frame()], [model.open()])

    # Logits are the mean colour: (0, 0, 1).
    weights = np.exp([0.0, 0.0, 1 / temperature])
    assert found.scores == pytest.approx(weights / weights.sum(), abs=1e-6)


def test_saliency_is_of_the_class_with_the_highest_score(tmp_path):
    model = open_model(tmp_path, card_for("frame", has_cam=True))
    [found] = model.step([red_frame()], [model.open()])

    # Class activations are the logits: the map of any other class would be empty.
    assert found.scores.argmax() == 2
    assert found.saliency.tolist() == [[1.0]]


def test_scores_that_are_no_numbers_are_not_valid():
    scores = [0.5, float("nan"), float("inf"), 0.5]
    model = FakeModel(lambda frame: scores[frame.index])

    assert [p.valid for p in run(model, [0] * 4)] == [True, False, False, True]


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_activations_do_not_overflow(activation):
    scores = activate(np.array([-1e4, 0, 1e4], np.float32), activation)

    assert np.isfinite(scores).all()
    assert scores[2] == pytest.approx(1.0)


def test_saliency_keeps_evidence_for_and_drops_evidence_against():
    cam = np.array([[[-2.0, 0.0], [1.0, 4.0]]])

    assert saliency_of(cam, 0).tolist() == [[0, 0], [0.25, 1]]
    assert saliency_of(-abs(cam), 0).max() == 0


def test_a_path_that_is_no_bundle_is_refused():
    with pytest.raises(BundleError, match="does not exist"):
        build_model(PLUGINS, ModelConfig(name="missing.onnx"), BackendConfig())


def test_require_is_honoured_by_models_without_a_backend():
    with pytest.raises(BackendUnavailableError, match="'roi_activity' runs on cpu"):
        build_model(PLUGINS, ModelConfig(name="roi_activity"), BackendConfig(require="cuda"))
