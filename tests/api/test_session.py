import numpy as np
import pytest

import edgevid

from .parts import POLICY, SCENE, at_rate, model


def session(*spans, **fields):
    return edgevid.load(model(*spans, **fields)).session(policy=POLICY)


def push_all(opened, times):
    return [opened.push(SCENE, seconds) for seconds in times]


def test_frames_faster_than_the_models_rate_are_passed_over_by_time():
    results = push_all(session(), at_rate(30, 2))

    assert [r is not None for r in results] == [i % 3 == 0 for i in range(60)]
    assert [r.frame_index for r in results if r] == list(range(0, 60, 3))
    assert not any(r.slow for r in results if r)


def test_slower_frames_are_all_analysed_and_marked():
    results = push_all(session(), at_rate(4, 3))

    assert all(results)
    assert [r.slow for r in results] == [False] * 7 + [True] * 5
    assert results[-1].rate_hz == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (1.0, r"seconds must grow: got 1 after 1; leave out repeated frames"),
        (0.5, r"seconds must grow: got 0.5 after 1"),
        (float("nan"), r"seconds must be finite, got nan"),
        (float("inf"), r"seconds must be finite, got inf"),
        ("2.0", r"seconds must be a number, got str"),
        (None, r"seconds must be a number, got NoneType"),
        (np.complex64(2), r"seconds must be a number, got complex64"),
    ],
)
def test_a_time_that_does_not_grow_is_refused_and_changes_nothing(seconds, message):
    opened = session()
    opened.push(SCENE, 1.0)
    with pytest.raises(ValueError, match=message):
        opened.push(SCENE, seconds)

    assert opened.push(SCENE, 1.1).frame_index == 1


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (SCENE.astype(np.float32), r"image must be uint8 .*got float32"),
        (SCENE[..., 0], r"shape \(H, W, 3\), got uint8 \(24, 32\)"),
        (np.zeros((4, 4, 4), np.uint8), r"got uint8 \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), r"got uint8 \(0, 4, 3\)"),
        ("drive.mp4", r"image must be a numpy array, .*got str"),
        (None, r"got NoneType"),
    ],
)
def test_something_that_is_no_image_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        session().push(image, 0.0)


def test_a_long_gap_closes_events_and_starts_the_warm_up_again():
    opened = session((0.5, 99), warmup_seconds=0.3)
    before = push_all(opened, at_rate(10, 2))
    [after, *_] = push_all(opened, at_rate(10, 2, start=5.0))

    assert next(e.state for r in before for e in r.events) == "opened"
    assert before[-1].active[0].label == "busy"
    assert (after.gap.start_seconds, after.gap.end_seconds) == (before[-1].seconds, 5.0)
    assert [e.state for e in after.events] == ["closed"]
    assert (after.valid, after.active) == (False, ())


def test_close_returns_what_the_end_closes_and_the_model_stays_open():
    loaded = edgevid.load(model((0.5, 99)))
    opened = loaded.session(policy=POLICY)
    push_all(opened, at_rate(10, 2))

    assert [e.state for e in opened.close()] == ["closed"]
    assert opened.close() == []
    with pytest.raises(ValueError, match="the session is closed; open a new one"):
        opened.push(SCENE, 3.0)
    assert loaded.session(policy=POLICY).push(SCENE, 0.0).label == "calm"


def test_speed_reaches_the_event_engine():
    slow = edgevid.load(model((0.5, 99))).session(policy="fleet")
    fast = edgevid.load(model((0.5, 99))).session(policy="fleet")
    for seconds in at_rate(10, 12):
        slow.push(SCENE, seconds, standstill=True)
        fast.push(SCENE, seconds, speed_kmh=90)
    [low], [high] = slow.close(), fast.close()

    assert (low.max_level, low.speed_max_kmh) == (1, None)
    assert (high.max_level, high.speed_max_kmh) == (3, 90)


def test_two_sessions_of_one_model_do_not_disturb_each_other(driver, drives):
    import cv2

    video = cv2.VideoCapture(str(drives[10]))
    images = [video.read()[1] for _ in range(40)]
    alone = [r.confidence for r in push_images(driver.session(), images)]
    first, second = driver.session(), driver.session()
    both = []
    for number, image in enumerate(images):
        both.append(first.push(image, number / 10))
        second.push(images[-1 - number], number / 10)

    assert [r.confidence for r in both if r] == alone


def push_images(opened, images):
    results = [opened.push(image, number / 10) for number, image in enumerate(images)]
    return [r for r in results if r]


def test_a_model_that_fails_raises_and_the_session_can_be_closed():
    def fail(frame):
        raise RuntimeError("out of memory")

    opened = edgevid.load(edgevid.testing.FakeModel(fail)).session()
    with pytest.raises(edgevid.InferenceError, match=r"frame 0 at 0\.000 s: RuntimeError: out of"):
        opened.push(SCENE, 0.0)
    assert opened.close() == []
