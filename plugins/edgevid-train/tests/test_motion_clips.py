"""The clips of the motion benchmark say nothing but by the order of their frames."""

from collections import Counter

import numpy as np
import pytest
from edgevid_train.motion.clips import (
    CLASSES,
    LOOP,
    SIDE,
    draw_clips,
    draw_scenes,
    phases,
    render,
)

EVERY_CLASS = np.arange(len(CLASSES))


def pictures(clip):
    return Counter(picture.tobytes() for picture in clip)


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(np.random.default_rng(0), 24)


def clips_of(scenes, label, start=5, length=LOOP):
    many = np.full(len(scenes), start), np.full(len(scenes), label)
    return render(scenes, phases(*many, length))


@pytest.mark.parametrize("label", EVERY_CLASS[1:], ids=CLASSES[1:])
@pytest.mark.parametrize("length", [LOOP, 2 * LOOP])
def test_a_clip_has_the_pictures_of_its_partners_in_other_classes(scenes, label, length):
    """The same scene from another start: not a pixel differs, and each comes as often."""
    ours = clips_of(scenes, 0, length=length)
    theirs = clips_of(scenes, label, start=11, length=length)
    for one, other in zip(ours, theirs, strict=True):
        assert pictures(one) == pictures(other)
        assert set(pictures(one).values()) == {length // LOOP}
    assert (ours != theirs).reshape(len(ours), -1).any(1).all()


@pytest.mark.parametrize(("label", "partner"), [(0, 1), (2, 3)])
def test_backwards_is_forwards_played_backwards(scenes, label, partner):
    first = clips_of(scenes, label)
    last = phases(np.array([5]), np.array([label]), LOOP)[0, -1]
    assert np.array_equal(first[:, ::-1], clips_of(scenes, partner, start=last))


def test_fast_goes_three_times_along_the_same_way(scenes):
    slow, fast = clips_of(scenes, 0, length=3 * LOOP), clips_of(scenes, 2)
    assert np.array_equal(slow[:, ::3], fast)


@pytest.mark.parametrize("label", EVERY_CLASS, ids=CLASSES)
def test_at_every_time_each_picture_is_as_likely_in_every_class(label):
    """Over all starts, of which one is as likely as the other."""
    starts = np.arange(LOOP)
    at = phases(starts, np.full(LOOP, label), LOOP)
    for time in range(LOOP):
        assert sorted(at[:, time]) == list(range(LOOP))


def test_scenes_and_starts_do_not_depend_on_the_class():
    """What is drawn after the labels is the same for all of them."""

    class Labelled(np.random.Generator):
        def permutation(self, values):
            super().permutation(values)
            return np.full(len(values), self.label)

    found = []
    for label in EVERY_CLASS:
        rng = Labelled(np.random.PCG64(3))
        rng.label = label
        found.append(draw_clips(rng, 8)[0])
    for clips in zip(*found, strict=True):
        assert all(pictures(clip) == pictures(clips[0]) for clip in clips)
    assert all(np.array_equal(found[0][:, 0], clips[:, 0]) for clips in found)


def test_both_kinds_of_loop_move_and_their_pictures_differ(scenes):
    clips = clips_of(scenes, 0).astype(int)
    assert 0 < scenes.sideways.sum() < len(scenes)
    assert (np.abs(clips[:, 1:] - clips[:, :-1]).max(axis=(2, 3, 4)) > 20).all()
    sizes = (np.abs(clips - scenes.background[:, None]).max(-1) > 20).sum((2, 3))
    assert (np.ptp(sizes[~scenes.sideways], axis=1) > 50).all()
    assert (np.ptp(sizes[scenes.sideways], axis=1) < 12).all()


def test_clips_are_the_same_for_the_same_seed_and_new_otherwise():
    one, again, other = (draw_clips(np.random.default_rng(s), 8) for s in (0, 0, 1))
    assert np.array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])
    assert one[0].shape == (8, LOOP, SIDE, SIDE, 3)
    assert one[0].dtype == np.uint8
    assert np.bincount(one[1]).tolist() == [2] * len(CLASSES)


@pytest.mark.parametrize(("count", "length"), [(6, LOOP), (8, 8), (8, 24), (0, LOOP), (8, 0)])
def test_clips_that_would_say_something_are_refused(count, length):
    with pytest.raises(ValueError, match="give multiples of 4 and of 16"):
        draw_clips(np.random.default_rng(0), count, length)
