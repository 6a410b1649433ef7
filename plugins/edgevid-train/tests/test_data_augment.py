import numpy as np
import pytest
import torch
from edgevid_synth import LABELS
from edgevid_train.data.augment import NO_AUGMENTATION, Augmentation, augment_scene, flipped_ids
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
    nowhere, rng = torch.empty((len(given), 0, 2)), np.random.default_rng(seed)
    changed, ids, _ = augment_scene(given, ids, nowhere, labels, settings, size, rng)
    return changed, ids


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
