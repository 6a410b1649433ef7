import math

import numpy as np
import pytest
import torch
from edgevid_train.data.frame_labels import IGNORED
from edgevid_train.training.clip_scores import clip_scores, count_confusions
from edgevid_train.training.lit import auxiliary_weight
from edgevid_train.training.losses import (
    distillation_loss,
    finding_loss,
    frame_loss,
    mix_share,
    mixed,
    soft_targets,
)
from edgevid_train.training.network import cell_targets
from edgevid_train.training.recipe import OptimiserRecipe


def log_odds(*shares):
    return [math.log(share) for share in shares]


@pytest.mark.parametrize(
    ("label", "smoothing", "expected"),
    [
        (1, 0.0, [0, 1, 0, 0]),
        (1, 0.2, [0.05, 0.85, 0.05, 0.05]),
        (IGNORED, 0.2, [0, 0, 0, 0]),
    ],
)
def test_soft_targets(label, smoothing, expected):
    found = soft_targets(torch.tensor([[label]]), 4, smoothing)
    assert found[0, 0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([[1, 0], [0, 0]], -math.log(0.8)),
        ([[0, 1], [0, 0]], -math.log(0.2)),
        ([[1, 0], [0, 1]], -(math.log(0.8) + math.log(0.7)) / 2),
        ([[0.9, 0.1], [0, 0]], -(0.9 * math.log(0.8) + 0.1 * math.log(0.2))),
        # A frame that was mixed with one without a label counts by its share.
        ([[1, 0], [0, 0.5]], -(math.log(0.8) + 0.5 * math.log(0.7)) / 1.5),
        ([[0, 0], [0, 0]], 0),
    ],
)
def test_frame_loss(targets, expected):
    logits = torch.tensor([[log_odds(0.8, 0.2), log_odds(0.3, 0.7)]])
    assert float(frame_loss(logits, torch.tensor([targets]))) == pytest.approx(expected, abs=1e-6)


def test_ignored_frames_give_no_gradient():
    logits = torch.randn(2, 4, 3, requires_grad=True)
    labels = torch.tensor([[0, IGNORED, 1, 2], [IGNORED] * 4])
    frame_loss(logits, soft_targets(labels, 3, 0.1)).backward()
    moved = logits.grad.abs().sum(-1) > 0
    assert torch.equal(moved, labels != IGNORED)


def test_finding_loss_is_that_of_known_things():
    scores = torch.tensor([[[log_odds(0.5, 0.3, 0.2), log_odds(0.1, 0.1, 0.8)]]])
    scores.requires_grad_()
    found = finding_loss(scores, torch.tensor([[[0, IGNORED]]]))
    found.backward()
    assert float(found.detach()) == pytest.approx(-math.log(0.5))
    assert scores.grad[0, 0, 0].abs().sum() > 0
    assert scores.grad[0, 0, 1].abs().sum() == 0


def test_finding_loss_without_any_knowledge_is_zero_and_has_a_gradient():
    scores = torch.randn(1, 2, 4, 5, requires_grad=True)
    found = finding_loss(scores, torch.full((1, 2, 4), IGNORED))
    found.backward()
    assert float(found.detach()) == 0
    assert not scores.grad.any()


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_distillation_loss(temperature):
    teacher, student = torch.tensor([0.7, 0.3]), torch.tensor([0.4, 0.6])
    logits, wanted = student.log()[None, None], teacher.log()[None, None]
    soft = [(p ** (1 / temperature)) / (p ** (1 / temperature)).sum() for p in (teacher, student)]
    expected = float((soft[0] * (soft[0] / soft[1]).log()).sum()) * temperature**2
    known = torch.ones(1, 1, dtype=torch.bool)
    found = distillation_loss(logits, wanted, known, temperature)
    assert float(found) == pytest.approx(expected, rel=1e-5)
    assert float(distillation_loss(wanted, wanted, known, temperature)) == pytest.approx(
        0, abs=1e-6
    )
    assert float(distillation_loss(logits, wanted, ~known, temperature)) == 0


def test_clips_are_blended_with_their_targets():
    clips = torch.tensor([0, 100], dtype=torch.uint8).reshape(2, 1, 1, 1, 1)
    targets = torch.tensor([[[1.0, 0.0]], [[0.0, 0.0]]])
    blended, blended_targets = mixed(clips, targets, 0.75, torch.tensor([1, 0]))
    assert blended.flatten().tolist() == [25, 75]
    assert blended_targets[:, 0].tolist() == [[0.75, 0], [0.25, 0]]


def test_shares_are_drawn_repeatably():
    drawn = [mix_share(0.2, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(0 <= share <= 1 for share in drawn)


@pytest.mark.parametrize(
    ("point", "size", "cell"),
    [
        ((0.0, 0.0), (32, 48), 0),
        ((0.99, 0.0), (32, 48), 2),
        ((0.0, 0.5), (32, 48), 3),
        ((0.99, 0.99), (32, 48), 5),
        ((1.0, 0.5), (32, 48), 6),
        ((-0.01, 0.5), (32, 48), 6),
        ((0.5, 1.3), (32, 48), 6),
        ((-1.0, -1.0), (112, 112), 49),
        ((0.5, 0.5), (112, 112), 24),
        # A side that is no multiple of 16 has a last cell of its own.
        ((0.99, 0.99), (33, 33), 8),
    ],
)
def test_cells(point, size, cell):
    assert cell_targets(torch.tensor(point), *size).item() == cell


def test_a_clip_is_judged_by_the_frames_that_count():
    probabilities = torch.tensor([[[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], [[0.5, 0.5]] * 3])
    labels = torch.tensor([[IGNORED, 0, 0], [IGNORED] * 3])
    scores, truth = clip_scores(probabilities.log(), soft_targets(labels, 2, 0.0))
    assert scores[0].tolist() == pytest.approx([0.3, 0.7])
    assert truth.tolist() == [0]
    assert count_confusions(scores, truth).tolist() == [[0, 1], [0, 0]]


def test_no_clip_makes_an_empty_matrix():
    found = count_confusions(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64))
    assert found.tolist() == [[0] * 3] * 3


@pytest.mark.parametrize(
    ("settings", "epoch", "expected"),
    [
        ({"auxiliary": 2.0}, 4, 2.0),
        ({"auxiliary": 2.0, "auxiliary_at_end": 1.0}, 0, 2.0),
        ({"auxiliary": 2.0, "auxiliary_at_end": 1.0}, 2, 1.5),
        ({"auxiliary": 2.0, "auxiliary_at_end": 0.0}, 4, 0.0),
        ({"auxiliary": 2.0, "auxiliary_at_end": 1.0, "epochs": 1}, 0, 2.0),
    ],
)
def test_the_weight_of_where_things_are_may_change(settings, epoch, expected):
    recipe = OptimiserRecipe(**{"epochs": 5, **settings})
    assert auxiliary_weight(recipe, epoch) == pytest.approx(expected)
