import threading

import numpy as np
import pytest

from edgevid.interfaces import Grabbed
from edgevid.pipeline.ring_buffer import Missed, RingBuffer
from edgevid.types import Frame, Gap


def fill(ring, index, *, captured_at=0.0, picked=True):
    """Put one frame; False if the ring had no slot."""
    slot = ring.reserve(0)
    if slot is None:
        return False
    if slot.image is None:
        slot.image = np.zeros((4, 4, 3), np.uint8)
    slot.image[:] = index
    ring.put(slot, Frame(slot.image, index, index / 10, captured_at, "s"), picked=picked)
    return True


def take_all(ring):
    found = []
    while (slot := ring.take(0)) is not None:
        found.append(slot if isinstance(slot, Gap) else slot.frame.index)
        if not isinstance(slot, Gap):
            slot.release()
    return found


def test_frames_and_gaps_come_out_in_order():
    ring = RingBuffer(capacity=4)
    gap = Gap(0.0, 5.0, "test")
    fill(ring, 0)
    ring.put_gap(gap)
    fill(ring, 1)

    assert take_all(ring) == [0, gap, 1]


def test_every_waits_and_drops_nothing():
    ring = RingBuffer(capacity=2, policy="every")
    assert [fill(ring, i) for i in range(3)] == [True, True, False]
    assert ring.drops == {}

    done = threading.Event()

    def put_late():
        slot = ring.reserve(10)
        slot.release()
        done.set()

    threading.Thread(target=put_late, daemon=True).start()
    assert not done.is_set()
    ring.take(0).release()
    assert done.wait(5)


def test_freshest_refuses_at_once_when_full():
    ring = RingBuffer(capacity=2, policy="freshest", clock=lambda: 0.0)

    assert [fill(ring, i) for i in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("policy", "expected", "stale"), [("freshest", [2], 2), ("every", [0, 1, 2], 0)]
)
def test_only_freshest_drops_what_waited_too_long(policy, expected, stale):
    ring = RingBuffer(capacity=8, policy=policy, max_age_seconds=0.5, clock=lambda: 1.0)
    for index, captured_at in enumerate([0.1, 0.4, 0.6]):
        fill(ring, index, captured_at=captured_at)

    assert take_all(ring) == expected
    assert ring.drops["stale"] == stale


def test_pictures_are_allocated_once_and_reused():
    ring = RingBuffer(capacity=2)
    seen = set()
    for index in range(100):
        fill(ring, index)
        slot = ring.take(0)
        seen.add(id(slot.image))
        slot.release()

    assert len(seen) <= 2 + 6


def test_a_held_picture_is_not_overwritten():
    ring = RingBuffer(capacity=2)
    fill(ring, 7)
    slot = ring.take(0)
    slot.hold()
    slot.release()
    for index in range(20):
        fill(ring, index)
        take_all(ring)

    assert (slot.image == 7).all()


def test_releasing_too_often_is_an_error():
    ring = RingBuffer()
    slot = ring.reserve(0)
    slot.release()

    with pytest.raises(ValueError, match="more often"):
        slot.release()


def test_the_end_comes_after_everything_that_waits():
    ring = RingBuffer()
    fill(ring, 0)
    ring.finish()
    assert not ring.exhausted
    ring.take(0).release()
    assert ring.exhausted
    assert ring.take(10) is None


def test_abort_counts_what_was_not_analysed_and_wakes_the_capture_thread():
    ring = RingBuffer(capacity=1)
    fill(ring, 0)
    found = []
    thread = threading.Thread(target=lambda: found.append(ring.reserve(30)))
    thread.start()
    ring.abort()
    thread.join(5)

    assert found == [None]
    assert ring.drops["not_analysed"] == 1
    assert ring.exhausted


def test_what_the_model_does_not_get_is_told_in_its_turn_where_somebody_records():
    now = [0.0]
    ring = RingBuffer(
        capacity=4, policy="freshest", max_age_seconds=0.5, clock=lambda: now[0], record_missed=True
    )
    fill(ring, 0)
    ring.pass_over(Grabbed(1, 0.1, 0.0))
    ring.drop("buffer_full", Grabbed(2, 0.2, 0.0))
    fill(ring, 3)
    now[0] = 0.6
    fill(ring, 4, captured_at=0.6)

    assert ring.take(0) == Missed(0, 0.0, "stale")
    assert ring.take(0) == Missed(1, 0.1, None)
    assert ring.take(0) == Missed(2, 0.2, "buffer_full")
    assert ring.abort() == [Missed(3, 0.3, "not_analysed"), Missed(4, 0.4, "not_analysed")]


def test_a_frame_that_was_on_its_way_when_the_run_ended_is_counted():
    ring = RingBuffer(capacity=4)
    slot = ring.reserve(0)
    ring.abort()
    ring.put(slot, Frame(np.zeros((4, 4, 3), np.uint8), 7, 0.7, 0.0, "s"), picked=True)

    assert ring.abort() == [Missed(7, 0.7, "not_analysed")]
    assert ring.drops == {"not_analysed": 1}
