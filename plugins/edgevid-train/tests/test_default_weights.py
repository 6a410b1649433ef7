"""The weights that ship: clip form, stream and bundle say the same of a rendered drive."""

import json

import numpy as np
import pytest
import torch
from edgevid_synth import LABELS, Renderer, SceneDescription
from edgevid_train.evaluation.clips import LabelledClip
from edgevid_train.evaluation.scoring import StreamScorer
from edgevid_zoo.weights.checkpoints import load_checkpoint

from edgevid import load_plugins, read_card
from edgevid.default_plugins.models.driver import default_bundle

RATE_HZ = 8
FRAMES = 32
TOLERANCE = 1e-4
"""Of the spread of the logits."""


@pytest.fixture(scope="module")
def drive():
    """uint8 BGR (T, H, W, 3): somebody drinks."""
    renderer = Renderer(SceneDescription(seed=4, label="drinking", size=144))
    return np.stack([renderer.frame(number / RATE_HZ).image for number in range(FRAMES)])


@pytest.fixture(scope="module")
def module():
    card = read_card(default_bundle())
    found = load_plugins().architectures[card.architecture]().build(card)
    load_checkpoint(found.network, default_bundle().with_suffix(".safetensors"))
    return found.eval()


@pytest.fixture(scope="module")
def clip_form(module, drive):
    with torch.no_grad():
        return module.forward_clip(torch.from_numpy(drive)[None])[0].numpy()


@pytest.mark.slow
def test_the_unrolled_stream_gives_the_numbers_of_the_clip_form(module, drive, clip_form):
    shapes = module.network.state_shapes(*drive.shape[1:3])
    states = [torch.zeros(1, *shape) for shape in shapes]
    found = []
    with torch.no_grad():
        for frame in torch.from_numpy(drive):
            logits, _, *states = module(frame[None], *states)
            found.append(logits[0].numpy())
    assert np.abs(np.stack(found) - clip_form).max() <= TOLERANCE * np.ptp(clip_form)


@pytest.mark.slow
def test_the_bundle_gives_them_too(drive, clip_form):
    at = lambda times: drive[np.round(times * RATE_HZ).astype(int)]  # noqa: E731
    clip = LabelledClip("drive", "drinking", "nobody", at, FRAMES / RATE_HZ)
    with StreamScorer(default_bundle()) as scorer:
        found = scorer.score_clip(clip)
    assert np.abs(found.logits - clip_form).max() <= TOLERANCE * np.ptp(clip_form)


@pytest.mark.slow
def test_the_past_matters_and_the_future_does_not(module, drive, clip_form):
    later = drive.copy()
    later[20:] = 0
    with torch.no_grad():
        found = module.forward_clip(torch.from_numpy(later)[None])[0].numpy()
        alone = module.forward_clip(torch.from_numpy(drive[19:20])[None])[0].numpy()
    assert np.abs(found[:20] - clip_form[:20]).max() <= TOLERANCE * np.ptp(clip_form)
    assert np.abs(alone[0] - clip_form[19]).max() > 0.01 * np.ptp(clip_form)


def test_its_card_says_where_it_comes_from():
    card = read_card(default_bundle())
    assert card.class_names == LABELS
    assert card.license == "Apache-2.0"
    assert "synthetic" in card.training_data
    assert {"test_top1", "test_macro_f1", "test_ece", "test_chance"} <= set(card.metrics)


def test_the_page_was_made_from_the_bundle_that_ships():
    page = default_bundle().parents[2] / "docs" / "default_model" / "driver.json"
    if not page.exists():
        pytest.fail(f"{page} is missing: make default-model")
    report, card = json.loads(page.read_text()), read_card(default_bundle())
    assert report["top1"]["value"] == pytest.approx(card.metrics["test_top1"], abs=1e-4)
    assert report["macro_f1"] == pytest.approx(card.metrics["test_macro_f1"], abs=1e-4)
    assert report["num_clips"] == card.metrics["test_clips"]
