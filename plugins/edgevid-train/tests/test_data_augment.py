import numpy as np
import pytest
import torch
from edgevid_train.data.augment import NO_AUGMENTATION, Augmentation, augment_clip, flipped_ids
from edgevid_train.data.errors import DataError
from edgevid_train.data.sampling import clip_times
from edgevid_train.labels import LABELS
from pydantic import ValidationError

CHANGES = ("crop", "flip", "colour", "infrared", "blur", "noise", "occlusion", "jpeg")


def only(*names, **fields):
    return NO_AUGMENTATION.model_copy(update={**dict.fromkeys(names, 1.0), **fields})


def clip(frames=4, height=40, width=60):
    image = np.random.default_rng(0).integers(0, 256, (1, 3, height, width), np.uint8)
    return torch.from_numpy(image).repeat(frames, 1, 1, 1)


def run(settings, *, clip_=None, labels=("a",), ids=None, seed=0, size=(32, 48)):
    given = clip() if clip_ is None else clip_
    ids = torch.zeros(len(given), dtype=torch.int64) if ids is None else ids
    return augment_clip(given, ids, labels, settings, size, np.random.default_rng(seed))


@pytest.mark.parametrize("name", [*CHANGES, "all"])
def test_a_change_keeps_shape_and_type_and_is_repeatable(name):
    settings = only(*(CHANGES if name == "all" else [name]))
    once, _ = run(settings)
    again, _ = run(settings)
    other, _ = run(settings, seed=7)
    plain, _ = run(NO_AUGMENTATION)
    assert once.shape == (4, 3, 32, 48)
    assert once.dtype == torch.uint8
    assert once.is_contiguous()
    assert torch.equal(once, again)
    assert not torch.equal(once, plain)
    assert name == "flip" or not torch.equal(once, other)


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "noise"])
def test_all_frames_change_alike(name):
    changed, _ = run(only(name))
    assert all(torch.equal(frame, changed[0]) for frame in changed)


def test_noise_differs_from_frame_to_frame():
    changed, _ = run(only("noise"))
    assert not torch.equal(changed[0], changed[1])


def test_the_given_clip_is_not_changed():
    given = clip()
    before = given.clone()
    run(only(*CHANGES), clip_=given, size=(40, 60))
    assert torch.equal(given, before)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["phone_left", "phone_right", "drinking"], ["phone_right", "phone_left", "drinking"]),
        (["texting_left"] * 3, ["texting_right"] * 3),
    ],
)
def test_a_flip_swaps_left_and_right(given, expected):
    ids = torch.tensor([LABELS.index(name) for name in given])
    picture = clip(3, 32, 48)
    flipped, found = run(only("flip"), clip_=picture, labels=LABELS, ids=ids)
    assert torch.equal(flipped, picture.flip(-1))
    assert [LABELS[k] for k in found] == expected


def test_a_flip_leaves_unknown_labels_unknown():
    ids = torch.tensor([-100, LABELS.index("phone_left")])
    _, found = run(only("flip"), clip_=clip(2), labels=LABELS, ids=ids)
    assert found.tolist() == [-100, LABELS.index("phone_right")]


def test_a_clip_whose_mirror_image_has_no_label_is_not_flipped():
    labels = ("phone_left", "drinking")
    picture = clip(2, 32, 48)
    kept, found = run(only("flip"), clip_=picture, labels=labels, ids=torch.tensor([0, 1]))
    assert torch.equal(kept, picture)
    assert found.tolist() == [0, 1]
    assert flipped_ids(labels).tolist() == [-1, 1]


def test_infrared_is_grey_and_dark_towards_the_corners():
    white = torch.full((2, 3, 33, 33), 120, dtype=torch.uint8)
    changed, _ = run(only("infrared"), clip_=white, size=(33, 33))
    spread = changed.amax(1).int() - changed.amin(1).int()
    assert int(spread.max()) <= 1
    assert int(changed[0, 0, 0, 0]) < int(changed[0, 0, 16, 16])


@pytest.mark.parametrize(
    "fields", [{"flipp": 1}, {"flip": 1.5}, {"scales": ()}, {"scales": (1.2,)}, {"jpeg_quality": 0}]
)
def test_settings_that_make_no_sense_are_refused(fields):
    with pytest.raises(ValidationError, match=next(iter(fields))):
        Augmentation(**fields)


def test_the_middle_is_sampled_at_speed_one():
    times = clip_times(10, 20, rate_hz=2, num_frames=5, rng=None)
    assert times.tolist() == pytest.approx([14, 14.5, 15, 15.5, 16], abs=0.001)


def test_speed_and_place_vary_within_their_limits():
    rng = np.random.default_rng(0)
    drawn = [clip_times(3, 9, rate_hz=10, num_frames=16, rng=rng) for _ in range(300)]
    speeds = np.array([(times[-1] - times[0]) / 1.5 for times in drawn])
    assert min(times[0] for times in drawn) == pytest.approx(3, abs=0.1)
    assert max(times[-1] for times in drawn) == pytest.approx(9, abs=0.1)
    assert (speeds.min(), speeds.max()) == pytest.approx((0.7, 1.4), abs=0.02)
    # Uniform in the logarithm: as often slower as faster.
    assert np.median(speeds) == pytest.approx(np.sqrt(0.7 * 1.4), abs=0.05)
    assert all((np.diff(times) > 0).all() for times in drawn)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_a_short_segment_is_held_and_never_left(seed):
    rng = None if seed is None else np.random.default_rng(seed)
    times = clip_times(3, 3.5, rate_hz=4, num_frames=9, rng=rng)
    assert len(times) == 9
    assert times.min() >= 3
    assert times.max() < 3.5
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize(
    "fields",
    [
        {"segment_end": 1.0},
        {"segment_start": -1.0},
        {"rate_hz": 0},
        {"num_frames": 0},
        {"speed": (1.4, 0.7)},
        {"speed": (0.0, 1.0)},
    ],
)
def test_a_clip_that_cannot_be_is_refused(fields):
    values = {"segment_start": 1.0, "segment_end": 2.0, "rate_hz": 5, "num_frames": 3, **fields}
    start, end = values.pop("segment_start"), values.pop("segment_end")
    with pytest.raises(DataError, match="accepted are"):
        clip_times(start, end, rng=None, **values)
