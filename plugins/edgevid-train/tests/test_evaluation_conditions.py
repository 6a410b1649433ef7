import cv2
import numpy as np
import pytest
from edgevid_train.evaluation.clips import LabelledClip, stream_times
from edgevid_train.evaluation.conditions import CONDITIONS

from edgevid import ConfigError

BY_NAME = {condition.name: condition for condition in CONDITIONS}
PICTURES = [c for c in CONDITIONS if c.picture is not None]


@pytest.fixture(scope="module")
def image():
    random = np.random.default_rng(3)
    coarse = random.uniform(20, 200, (12, 16, 3)).astype(np.float32)
    scene = cv2.resize(coarse, (96, 72)) + random.normal(0, 8, (72, 96, 3))
    return np.clip(scene, 0, 255).astype(np.uint8)


def detail(image):
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


def test_names_are_unique_and_the_clean_clip_comes_first():
    assert len(BY_NAME) == len(CONDITIONS)
    assert (CONDITIONS[0].name, CONDITIONS[0].picture) == ("clean", None)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
@pytest.mark.parametrize(("duration", "rate"), [(4.0, 10.0), (0.05, 12.0), (3.33, 7.5)])
def test_times_ascend_within_the_clip(condition, duration, rate):
    stream, content = condition.times(duration, rate)

    assert len(stream) == len(content) >= 1
    assert (np.diff(stream) > 0).all()
    assert (np.diff(content) >= 0).all()
    assert stream[0] == content[0] == 0
    assert content[-1] <= duration + 1e-9


@pytest.mark.parametrize("condition", PICTURES, ids=lambda c: c.name)
def test_pictures_keep_their_shape_repeat_and_leave_the_original(condition, image):
    before = image.copy()
    changed = condition.picture(image, 4)

    assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
    assert not np.array_equal(changed, image)
    assert np.array_equal(image, before)
    assert np.array_equal(changed, condition.picture(image, 4))


def test_a_slow_camera_repeats_its_last_picture():
    _, content = BY_NAME["held_5fps"].times(0.8, 10.0)
    assert content == pytest.approx([0, 0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6])

    _, content = BY_NAME["held_8fps"].times(0.5, 10.0)
    assert content == pytest.approx([0, 0, 0.125, 0.25, 0.375])


@pytest.mark.parametrize("name", ["held_10fps", "held_30fps", "fed_10fps", "speed_1"])
def test_where_nothing_changes_times_are_those_of_the_clean_clip(name):
    stream, content = BY_NAME[name].times(3.0, 10.0)

    assert stream == pytest.approx(stream_times(3.0, 10.0))
    assert content == pytest.approx(stream)


def test_the_runtime_feeds_a_slow_camera_at_its_own_rate_and_thins_a_fast_one():
    slow, _ = BY_NAME["fed_5fps"].times(1.0, 10.0)
    fast, shown = BY_NAME["fed_30fps"].times(1.0, 10.0)

    assert slow == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert len(fast) == 10
    assert fast == pytest.approx(shown)


@pytest.mark.parametrize(("name", "frames"), [("speed_0.5", 80), ("speed_2", 20)])
def test_speed_scales_the_axis_of_time(name, frames):
    stream, content = BY_NAME[name].times(4.0, 10.0)

    assert len(stream) == frames
    assert content == pytest.approx(stream * float(name.split("_")[1]))


def test_what_the_pictures_lose_and_gain(image):
    def shown(name):
        return BY_NAME[name].picture(image, 0)

    assert shown("brightness_0.4").mean() == pytest.approx(0.4 * image.mean(), rel=0.02)
    assert image.mean() < shown("brightness_1.4").mean() <= 1.4 * image.mean() + 1
    assert detail(shown("blur_2")) < detail(shown("blur_1")) < detail(image)
    error = {n: np.abs(shown(n).astype(int) - image).mean() for n in ("jpeg_20", "jpeg_40")}
    assert error["jpeg_20"] > error["jpeg_40"] > 0
    added = shown("noise_12").astype(float) - image
    assert added.std() == pytest.approx(12, rel=0.05)
    assert abs(added.mean()) < 0.5
    infrared = shown("infrared")
    assert np.ptp(infrared, axis=2).max() == 0
    assert infrared.std() > 1.2 * cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).std()


def test_noise_differs_from_frame_to_frame(image):
    noise = BY_NAME["noise_12"].picture

    assert not np.array_equal(noise(image, 0), noise(image, 1))


def black(times):
    return np.zeros((len(times), 4, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"duration_seconds": 0.0}, "positive number of seconds"),
        ({"duration_seconds": float("nan")}, "positive number of seconds"),
        ({"hold": (2.0, 1.0)}, "start before an end"),
        ({"hold": (0.0, 9.0)}, "start before an end"),
    ],
)
def test_clips_that_cannot_be_are_refused(fields, message):
    given = {"duration_seconds": 3.0, **fields}
    with pytest.raises(ConfigError, match=f"clip 'c': .*{message}"):
        LabelledClip("c", "red", "d", black, **given)


@pytest.mark.parametrize(
    ("frames_at", "message"),
    [
        (lambda t: black(t)[:1], "1 pictures for 3 times"),
        (lambda t: black(t).astype(np.float32), "float32"),
        (lambda t: black(t)[..., 0], "uint8 BGR"),
    ],
)
def test_clips_that_give_no_pictures_are_refused(frames_at, message):
    clip = LabelledClip("c", "red", "d", frames_at, 3.0)
    with pytest.raises(ConfigError, match=message):
        clip.read(np.arange(3.0))
