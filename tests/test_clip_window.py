import numpy as np
import pytest

from edgevid.clip_window import ClipWindow


def image(value):
    return np.full((2, 2, 3), value, np.uint8)


def push_all(window, pts):
    """pts at which a clip was due."""
    return [when for i, when in enumerate(pts) if window.push(image(i), when)]


def values(clip):
    return clip[:, 0, 0, 0].tolist()


def test_no_clip_before_the_window_is_full_then_one_per_stride():
    window = ClipWindow(span_seconds=0.3, rate_hz=10, stride_frames=2)

    assert push_all(window, [i / 10 for i in range(8)]) == pytest.approx([0.3, 0.5, 0.7])


def test_a_clip_is_the_newest_frames_oldest_first():
    window = ClipWindow(0.3, 10)
    push_all(window, [i / 10 for i in range(20)])

    assert values(window.clip(4, 10)) == [16, 17, 18, 19]


def test_a_slower_pathway_samples_the_same_window_by_time():
    window = ClipWindow(0.6, 10)
    push_all(window, [i / 10 for i in range(20)])

    assert values(window.clip(3, 10 / 3)) == [13, 16, 19]


def test_frames_of_uneven_ages_are_those_nearest_in_time():
    window = ClipWindow(0.6, 10)
    push_all(window, [i / 10 for i in range(20)])

    assert values(window.frames([0.6, 0.44, 0.1, 0])) == [13, 15, 18, 19]


def test_a_dropped_frame_does_not_shift_the_others_in_time():
    window = ClipWindow(0.3, 10)
    for value, when in [(0, 0.0), (1, 0.1), (3, 0.3), (4, 0.4)]:
        window.push(image(value), when)

    assert values(window.clip(4, 10)) in ([1, 1, 3, 4], [1, 3, 3, 4])


def test_memory_is_bounded():
    window = ClipWindow(1.0, 10)
    push_all(window, [i / 10 for i in range(200)])

    assert len(window._images) <= 13


@pytest.mark.parametrize("when", [0.0, -1.0])
def test_time_must_go_forward(when):
    window = ClipWindow(1.0, 10)
    window.push(image(0), 0.0)

    with pytest.raises(ValueError, match="must increase"):
        window.push(image(1), when)


def test_an_empty_window_has_no_clip():
    with pytest.raises(ValueError, match="empty"):
        ClipWindow(1.0, 10).clip(4, 10)
