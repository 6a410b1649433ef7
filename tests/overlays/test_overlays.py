from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgevid.card import Card
from edgevid.default_plugins.explainers.cam import CamExplainer
from edgevid.default_plugins.overlays import register_overlays
from edgevid.default_plugins.overlays.strip.history import History
from edgevid.drawing import label_colour, readable, text_patch
from edgevid.interfaces import RunInfo, StreamState
from edgevid.types import Event, Frame, LevelChange, Prediction, Region, SourceInfo

CLASSES = ("attentive", "drinking", "Grüße 電話\n" + "very_long_name_" * 20)
SQUARE = Region("drinking", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
WHOLE = Region("Grüße 電話", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
REGISTERED = {}
register_overlays(REGISTERED.__setitem__)


def opened(name, regions=(SQUARE,), **options):
    card = Card(
        name="m",
        class_names=CLASSES,
        background="attentive",
        temporal_mode="frame",
        input_rate_hz=10,
    )
    source = SourceInfo("d", "file", False, 320, 240)
    overlay = REGISTERED[name](REGISTERED[name].Options(**options))
    overlay.open(RunInfo(source, card, {}, "r", "t", regions=regions))
    return overlay


def prediction(top=1, seconds=1.0, *, valid=True, saliency=None):
    scores = np.full(len(CLASSES), 0.1, np.float32)
    scores[top] = 0.8
    return Prediction(scores, seconds, seconds, 0, valid, saliency)


def event(phase, label="drinking", start=0.5, end=1.0):
    return Event("e1", label, start, end, phase, 0.9, 0.8, "why")


def draw(overlay, size=(320, 240), value=100, seconds=1.0):
    picture = np.full((size[1], size[0], 3), value, np.uint8)
    before = picture.copy()
    overlay.draw(picture, Frame(before, 0, seconds, 0.0, "d"))
    return picture, (picture != before).any(axis=2)


@pytest.mark.parametrize("name", ["heatmap", "regions", "strip", "label"])
@pytest.mark.parametrize(
    "size", [(1, 1), (16, 16), (17, 33), (16, 400), (401, 15), (101, 99), (361, 641), (1280, 720)]
)
def test_any_size_can_be_drawn_on_before_and_after_predictions(name, size):
    overlay = opened(name, [SQUARE, WHOLE])
    drawn = [draw(overlay, size)]
    saliency = np.random.default_rng(0).random((7, 7), np.float32)
    for step in range(30):
        changed = [event("open", CLASSES[2])] if step == 10 else []
        overlay.observe(prediction(2, step / 10, valid=step > 3, saliency=saliency), changed)
        if step % 5 == 0:
            drawn.append(draw(overlay, size, seconds=step / 10))
    turned, _ = draw(overlay, (size[1], size[0]), seconds=3.0)
    overlay.close()

    assert {picture.shape for picture, _ in drawn} == {(size[1], size[0], 3)}
    assert turned.shape == (size[0], size[1], 3)
    # A strip or a text needs some room; where there is some, something is drawn.
    assert any(changed.any() for _, changed in drawn) or min(size) < 100


@pytest.mark.parametrize("cell", [(0, 0), (3, 5), (6, 6)])
@pytest.mark.parametrize("value", [0, 100, 255])
def test_heat_is_strongest_where_saliency_is(cell, value):
    overlay = opened("heatmap")
    saliency = np.zeros((7, 7), np.float32)
    saliency[cell] = 1.0
    overlay.observe(prediction(saliency=saliency), [])
    picture, changed = draw(overlay, value=value)
    change = np.abs(picture.astype(int) - value).sum(axis=2)
    y, x = np.unravel_index(np.argmax(change), change.shape)
    assert (int(y * 7 / 240), int(x * 7 / 320)) == cell
    far = np.ones((7, 7), bool)
    far[max(0, cell[0] - 1) : cell[0] + 2, max(0, cell[1] - 1) : cell[1] + 2] = False
    rows, columns = np.arange(240) * 7 // 240, np.arange(320) * 7 // 320
    assert not changed[far[np.ix_(rows, columns)]].any()


@pytest.mark.parametrize(
    ("saliency", "valid", "seconds"),
    [
        (None, True, 9.0),
        (None, False, 1.0),
        (np.zeros((7, 7), np.float32), True, 1.0),
        (np.full((7, 7), np.nan, np.float32), True, 1.0),
        (np.ones((7, 7), np.float32), False, 1.0),
        (np.ones((7, 7), np.float32), True, 9.0),
    ],
)
def test_no_heat_without_evidence_that_stands(saliency, valid, seconds):
    overlay = opened("heatmap")
    overlay.observe(prediction(saliency=np.ones((7, 7), np.float32)), [])
    assert draw(overlay)[1].any()
    overlay.observe(prediction(valid=valid, saliency=saliency), [])
    assert not draw(overlay, seconds=seconds)[1].any()


def test_a_map_stands_while_newer_predictions_are_not_explained():
    overlay = opened("heatmap")
    overlay.observe(prediction(saliency=np.ones((7, 7), np.float32)), [])
    before = draw(overlay)[0]
    overlay.observe(prediction(saliency=None), [])

    assert np.array_equal(draw(overlay)[0], before)


def test_a_region_is_outlined_and_filled_while_its_class_is_active():
    overlay = opened("regions", names=False)
    _, idle = draw(overlay)
    assert idle[60, 160]
    assert not idle[120, 160]
    overlay.observe(prediction(top=1), [])
    picture, active = draw(overlay)
    assert active[120, 160]
    assert not active[:50].any()
    assert not active[:, :70].any()
    # Towards the region's own colour.
    colour = np.array(label_colour("drinking"), int)
    assert np.abs(picture[120, 160] - colour).sum() < np.abs(100 - colour).sum()
    overlay.observe(prediction(top=0), [event("open")])
    assert draw(overlay)[1][120, 160]
    overlay.observe(prediction(top=0), [event("closed")])
    assert not draw(overlay)[1][120, 160]


def test_the_label_tells_group_level_and_reason_of_an_open_event():
    overlay = opened("label")
    lines = []
    for level, levels in ((0, ()), (2, (LevelChange(5.0, 2, "continuous 5.0 s"),))):
        told = replace(event("open"), group="phone", level=level, levels=levels)
        overlay.observe(prediction(top=1, seconds=5.5), [told])
        lines.append([text for text, *_ in overlay._lines])
    assert lines == [
        ["drinking  80%", "event: phone  5.0 s"],
        ["drinking  80%", "event: phone  5.0 s", "level 2: continuous 5.0 s"],
    ]
    assert draw(overlay)[1].any()


def ribbon(overlay, seconds):
    picture, changed = draw(overlay, (600, 240), seconds=seconds)
    assert not changed[:200].any()
    return picture[-1]


def test_strip_shows_labels_warm_up_and_gaps_at_their_times():
    overlay = opened("strip")
    for step in range(301):
        if not 100 < step < 150:
            top = 1 if step < 200 else 2
            overlay.observe(prediction(top, step / 10, valid=step > 50), [])
    # 20 columns a second; column 0 is 0 s.
    row = ribbon(overlay, 30.0)
    assert tuple(row[150]) == tuple(row[150 + 5]) == label_colour("drinking")
    assert {tuple(c) for c in row[10:90]} == {(70, 70, 70), (130, 130, 130)}
    assert tuple(row[250]) == (95, 95, 95)
    assert tuple(row[350]) == label_colour("drinking")
    assert tuple(row[450]) == label_colour(CLASSES[2])
    # Ten seconds later it has moved, and nothing is known of the time since.
    row = ribbon(overlay, 40.0)
    assert tuple(row[150]) == label_colour("drinking")
    assert tuple(row[550]) == (25, 25, 25)


def test_strip_marks_an_event_from_start_to_end():
    overlay = opened("strip", labels=False)
    for step in range(301):
        changed = {100: [event("open", start=8.0, end=10.0)]}.get(step, [])
        changed = {200: [event("closed", start=8.0, end=18.0)]}.get(step, changed)
        overlay.observe(prediction(0, step / 10), changed)
    picture, _ = draw(overlay, (600, 240), value=0, seconds=30.0)
    lane = picture[-22:-5]
    marked = (lane == label_colour("drinking")).all(axis=2).any(axis=0)
    assert np.flatnonzero(marked)[[0, -1]].tolist() == [160, 359]


def test_label_draws_in_its_corner_and_says_when_it_warms_up():
    overlay = opened("label")
    assert not draw(overlay)[1].any()
    overlay.observe(prediction(valid=False), [])
    warming, changed = draw(overlay)
    assert changed[:40, :160].any()
    assert not changed[60:].any()
    overlay.observe(prediction(), [])
    assert (draw(overlay)[0] != warming).any()
    overlay.observe(prediction(), [event("open")])
    with_event = np.flatnonzero(draw(overlay)[1].any(axis=1))[-1]
    overlay.observe(prediction(seconds=30.0), [])
    after_gap = np.flatnonzero(draw(overlay, seconds=30.0)[1].any(axis=1))[-1]
    assert with_event > after_gap


@pytest.mark.parametrize("value", [0, 255])
def test_label_is_legible_on_black_and_white(value):
    overlay = opened("label")
    overlay.observe(prediction(), [])
    picture, _ = draw(overlay, value=value)
    panel = picture[8:16, 30:60].astype(int).sum(axis=2)
    assert panel.max() - panel.min() > 400


@pytest.mark.parametrize("widest", [5, 12, 40, 100, 1000])
@pytest.mark.parametrize("text", ["W", "drinking  80%", "電話" * 30, "x" * 500])
def test_text_never_gets_wider_than_its_room(widest, text):
    patch = text_patch(readable(text), 15, widest)
    assert patch is None or patch.shape[1] <= widest


@pytest.mark.parametrize("text", ["", "\0\x1b[2J", "a\nb", "\ud800", "Grüße", "電話"])
def test_any_text_can_be_drawn(text):
    shown = readable(text)
    assert "\n" not in shown
    assert text_patch(shown, 15, 300) is not None


def test_colours_depend_on_the_name_alone():
    assert label_colour("drinking") == label_colour("drinking")
    assert len({label_colour(f"class {i}") for i in range(27)}) == 27


def test_history_outlives_its_capacity():
    history = History(30.0)
    for step in range(50_000):
        history.append(step / 100, step % 2)
    kinds = history.at(np.linspace(471, 499, 50), nothing=9)
    assert set(kinds.tolist()) <= {0, 1}
    assert history.at(np.array([501.0]), nothing=9).tolist() == [9]
    assert len(history) <= 4096


def test_cam_explainer_gives_the_models_own_map():
    saliency = np.random.default_rng(0).random((7, 7), np.float32)
    frame = Frame(np.zeros((4, 4, 3), np.uint8), 0, 0.0, 0.0, "d")
    explainer = CamExplainer(CamExplainer.Options())
    assert explainer.explain(frame, prediction(saliency=saliency), StreamState()) is saliency
    assert explainer.explain(frame, prediction(), StreamState()) is None
