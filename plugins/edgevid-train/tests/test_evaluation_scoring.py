"""A tiny bundle scores each class by its colour channel, so that clips say what is right."""

import numpy as np
import pytest
from edgevid_train.evaluation.clips import LabelledClip, stream_times
from edgevid_train.evaluation.conditions import CLEAN, CONDITIONS, Condition
from edgevid_train.evaluation.early import early_accuracy, early_score
from edgevid_train.evaluation.metrics import softmax
from edgevid_train.evaluation.running import score_conditions
from edgevid_train.evaluation.scoring import ClipScores, StreamScorer

from edgevid import BundleError, ConfigError
from edgevid.errors import InferenceError
from tests.tiny_bundles import card_for, graph_for, write_bundle

SIZE = (4, 6)


def ramp(seconds=2.0, hold=None, reads=None):
    """Blue rises from 0 to 200; each read is noted."""

    def frames_at(times):
        if reads is not None:
            reads.append(times)
        images = np.zeros((len(times), *SIZE, 3), np.uint8)
        images[..., 0] = np.round(200 * times / seconds)[:, None, None]
        return images

    return LabelledClip("ramp", "blue", "d", frames_at, seconds, hold)


def opened(tmp_path, mode="stream", **changes):
    return StreamScorer(write_bundle(tmp_path / "m.onnx", card_for(mode, **changes)))


def test_logits_are_those_of_a_stream_from_the_start(tmp_path):
    with opened(tmp_path, temperature=3.0) as scorer:
        first, again = scorer.score_clip(ramp()), scorer.score_clip(ramp())

    colour = np.round(200 * stream_times(2.0, 10.0) / 2.0) / 255
    wanted, state = [], 0.0
    for value in colour:
        state = value + 0.5 * state
        wanted.append(state)
    assert first.logits[:, 0] == pytest.approx(wanted, abs=1e-5)
    assert first.logits[:, 1:] == pytest.approx(0)
    assert first.times == pytest.approx(np.arange(20) / 10)
    # The second clip starts from nothing, too.
    assert np.array_equal(first.logits, again.logits)


def test_the_score_of_a_clip_is_the_mean_over_frames_after_the_warm_up(tmp_path):
    with opened(tmp_path, warmup_seconds=1.0) as scorer:
        scores = scorer.score_clip(ramp())

    assert scores.valid.tolist() == [False] * 10 + [True] * 10
    assert scores.score(2.0) == pytest.approx(softmax(scores.logits[10:] / 2).mean(axis=0))
    assert scores.score(2.0).sum() == pytest.approx(1)


def test_a_clip_that_ends_before_the_warm_up_is_scored_by_its_last_third(tmp_path):
    with opened(tmp_path, warmup_seconds=9.0) as scorer:
        scores = scorer.score_clip(ramp(seconds=0.8))

    assert scores.used.tolist() == [False] * 5 + [True] * 3
    assert scores.score(1.0) == pytest.approx(softmax(scores.logits[5:]).mean(axis=0))


@pytest.mark.parametrize(("mode", "frames"), [("frame", 20), ("clip", 9), ("multirate", 16)])
def test_every_temporal_mode_gives_logits_when_they_are_due(tmp_path, mode, frames):
    with opened(tmp_path, mode) as scorer:
        scores = scorer.score_clip(ramp())

    assert scores.logits.shape == (frames, 3)
    assert scores.times[-1] == pytest.approx(1.9)
    assert scores.used.all()


def test_what_softmax_would_round_away_is_still_in_the_logits(tmp_path):
    with opened(tmp_path, "frame", temperature=0.001) as scorer:
        scores = scorer.score_clip(ramp())

    assert scores.logits[-1] == pytest.approx([190 / 255, 0, 0], abs=1e-5)


def test_conditions_share_decoding_and_change_what_the_model_sees(tmp_path):
    reads = []
    dim = Condition("dim", "x", picture=lambda image, index: image // 2)
    late = Condition("late", "x", picture=lambda image, index: image * (index > 9))
    fast = next(c for c in CONDITIONS if c.name == "speed_2")
    same = next(c for c in CONDITIONS if c.name == "speed_1")
    with opened(tmp_path, "frame") as scorer:
        alone = scorer.score_clip(ramp())
        found = score_conditions(scorer, ramp(reads=reads), [dim, CLEAN, fast, late, same])

    assert [len(times) for times in reads] == [20, 10]
    dimmed, clean, sped, delayed, unchanged = found
    assert np.array_equal(clean.logits, alone.logits)
    assert clean is unchanged
    assert dimmed.logits[:, 0] == pytest.approx(clean.logits[:, 0] / 2, abs=0.003)
    assert sped.logits == pytest.approx(clean.logits[::2])
    assert not delayed.logits[:10].any()
    assert delayed.logits[10:] == pytest.approx(clean.logits[10:])


def test_only_pictures_need_no_clean_run(tmp_path):
    dim = Condition("dim", "x", picture=lambda image, index: image // 2)
    with opened(tmp_path, "frame") as scorer:
        [scores] = score_conditions(scorer, ramp(), [dim])

    assert scores.logits[-1, 0] == pytest.approx(95 / 255, abs=1e-5)


def turning(at, valid_from=0.0):
    """Says class 0 until ``at``, then class 1, for 4 s at 10 Hz."""
    times = np.arange(40) / 10
    logits = np.where((times >= at)[:, None], [0.0, 5.0], [5.0, 0.0]).astype(np.float32)
    return ClipScores(times, logits, times >= valid_from)


def test_early_accuracy_rises_once_the_behaviour_prevails():
    # Held from 1 s to 3 s; the model turns at 1.5 s: at 50 % as many frames say 0 as 1.
    curve = early_accuracy([turning(1.5)], [(1.0, 3.0)], [1], 1.0)

    assert [(round(100 * part), value) for part, value, _ in curve] == [
        *((p, 0.0) for p in (10, 20, 30, 40)),
        *((p, 1.0) for p in (50, 60, 70, 80, 90, 100)),
    ]
    assert {clips for *_, clips in curve} == {1}


def test_clips_without_a_hold_phase_take_no_part():
    assert early_accuracy([turning(1.5)], [None], [1], 1.0) == []
    curve = early_accuracy([turning(0.0), turning(9.0)], [(0.0, 1.0), None], [1, 1], 1.0)
    assert curve[0] == (0.1, 1.0, 1)


def test_early_scores_need_neither_warm_up_nor_a_frame_in_time():
    cold = early_score(turning(1.5, valid_from=99), (1.0, 3.0), 1.0, 1.0)
    brief = early_score(turning(1.5), (1.52, 1.58), 0.1, 1.0)
    warm = early_score(turning(1.5, valid_from=2.0), (1.0, 3.0), 1.0, 1.0)

    assert cold.argmax() == brief.argmax() == warm.argmax() == 1
    assert warm[1] == pytest.approx(softmax(np.array([0.0, 5.0]))[1])


@pytest.mark.parametrize("part", [0.0, 1.1])
def test_parts_that_cannot_be_are_refused(part):
    with pytest.raises(ConfigError, match="above 0, at most 1"):
        early_score(turning(1.0), (0.0, 1.0), part, 1.0)


def test_models_whose_classes_may_co_occur_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="activation is 'sigmoid'"):
        opened(tmp_path, activation="sigmoid")


def test_a_file_that_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"not a model")
    with pytest.raises(BundleError, match="not an ONNX file"):
        StreamScorer(tmp_path / "m.onnx")
    with pytest.raises(BundleError, match="does not exist"):
        StreamScorer(tmp_path / "none.onnx")


def test_a_clip_shorter_than_the_models_window_is_refused(tmp_path):
    message = "'ramp': 2 frames are fewer"
    with opened(tmp_path, "clip") as scorer, pytest.raises(ConfigError, match=message):
        scorer.score_clip(ramp(seconds=0.2))


def test_logits_that_are_not_finite_name_the_clip(tmp_path):
    import onnx
    from onnx import helper

    card = card_for("frame")
    model = graph_for(card)
    model.graph.node[-1].CopyFrom(helper.make_node("Log", ["colour"], ["logits"]))
    helper.set_model_props(model, {"edgevid.card": card.model_dump_json()})
    onnx.save(model, tmp_path / "log.onnx")
    message = "logits of clip 'ramp' are not finite"
    with (
        StreamScorer(tmp_path / "log.onnx") as scorer,
        pytest.raises(InferenceError, match=message),
    ):
        scorer.score_clip(ramp())
