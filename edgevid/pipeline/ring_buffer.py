"""The ring between capture and inference: preallocated images, handed on without a copy."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edgevid.interfaces import Grabbed
from edgevid.types import Frame, Gap, Image

Policy = Literal["every", "freshest"]

_MAX_HELD = 6
"""Slots beyond the capacity: one being filled, one in inference, the rest waiting to be drawn."""


class Slot:
    """Memory of one image. It returns to the ring when every holder has released it."""

    __slots__ = ("_holders", "_ring", "frame", "image", "picked")

    def __init__(self, ring: RingBuffer) -> None:
        """Belong to ``ring``."""
        self._ring = ring
        self._holders = 0
        self.image: Image | None = None
        """uint8 (H, W, 3) that the source may fill; None before the first frame."""
        self.frame: Frame | None = None
        self.picked = False
        """Whether the resampler picked this frame for the model."""

    def hold(self) -> None:
        """Keep the image until one more ``release``."""
        with self._ring.lock:
            self._holders += 1

    def release(self) -> None:
        """Let go of it; the image may be overwritten after the last holder."""
        with self._ring.lock:
            self._holders -= 1
            if self._holders < 0:
                raise ValueError("a slot was released more often than it was held")
            if self._holders == 0:
                self.frame = None
                self._ring.recycle(self)

    def reserve(self) -> None:
        """Become the capture thread's; called with the ring's lock held."""
        self._holders = 1


@dataclass(frozen=True, slots=True)
class Missed:
    """A frame that the model does not get; passed on in its turn where the run is recorded."""

    index: int
    pts_seconds: float
    cause: str | None
    """Cause of the drop; None if the frame lies between two samples of the model's rate."""


class RingBuffer:
    """A bounded queue of frames and gaps.

    ``every`` makes the capture thread wait: nothing is dropped. ``freshest`` bounds staleness: a
    frame that finds the ring full is dropped before it is decoded, and one that has waited longer
    than ``max_age_seconds`` is dropped instead of analysed. Drops are counted by cause.
    """

    def __init__(
        self,
        *,
        capacity: int = 8,
        policy: Policy = "every",
        max_age_seconds: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        record_missed: bool = False,
    ) -> None:
        """Create the ring; images are allocated at the first frame and reused from then on."""
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.policy = policy
        self.capacity = capacity
        self.drops: Counter[str] = Counter()
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._record_missed = record_missed
        self._free: deque[Slot] = deque(Slot(self) for _ in range(capacity + _MAX_HELD))
        self._waiting: deque[Slot | Gap | Missed] = deque()
        self._num_frames = 0
        self._ended = False
        self._aborted = False

    def reserve(self, timeout_seconds: float) -> Slot | None:
        """A slot to decode into, or None if there is none now.

        ``freshest`` answers at once. ``every`` waits up to the timeout; call again then.
        """
        with self._changed:
            if self.policy == "every":
                self._changed.wait_for(lambda: self._aborted or self._has_room, timeout_seconds)
            if self._aborted or not self._has_room:
                return None
            slot = self._free.popleft()
            slot.reserve()
            return slot

    @property
    def _has_room(self) -> bool:
        return self._num_frames < self.capacity and bool(self._free)

    def put(self, slot: Slot, frame: Frame, *, picked: bool) -> None:
        """Queue a decoded frame."""
        with self._changed:
            slot.frame = frame
            slot.picked = picked
            self._waiting.append(slot)
            self._num_frames += 1
            self._changed.notify_all()

    def put_gap(self, gap: Gap) -> None:
        """Queue a gap, in order with the frames around it. Gaps are never dropped."""
        with self._changed:
            self._waiting.append(gap)
            self._changed.notify_all()

    def drop(self, cause: str, frame: Grabbed | None = None) -> None:
        """Count a dropped frame; ``frame`` is that one, if it never came into the ring."""
        with self._changed:
            self.drops[cause] += 1
            if frame is not None:
                self._miss(frame, cause)

    def pass_over(self, frame: Grabbed) -> None:
        """A frame between two samples was not decoded."""
        with self._changed:
            self._miss(frame, None)

    def _miss(self, frame: Grabbed, cause: str | None) -> None:
        if self._record_missed:
            self._waiting.append(Missed(frame.index, frame.pts_seconds, cause))
            self._changed.notify_all()

    def finish(self) -> None:
        """Nothing more will be put; waiting items are still taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def abort(self) -> list[Missed]:
        """Drop all that waits, return which frames that were, and wake both threads.

        Call it again once capture has ended: a frame may have been on its way.
        """
        missed = []
        with self._changed:
            self._ended = self._aborted = True
            while self._waiting:
                item = self._waiting.popleft()
                if isinstance(item, Slot):
                    missed.append(self._lose(item, "not_analysed"))
                elif isinstance(item, Missed):
                    missed.append(item)
            self._num_frames = 0
            self._changed.notify_all()
        return missed

    def _lose(self, slot: Slot, cause: str) -> Missed:
        frame = slot.frame
        self.drops[cause] += 1
        slot.release()
        return Missed(frame.index, frame.pts_seconds, cause) if frame else Missed(-1, 0.0, cause)

    def take(self, timeout_seconds: float) -> Slot | Gap | Missed | None:
        """The next frame (release it afterwards) or gap; None if there is none yet or no more."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._waiting or self._ended, timeout_seconds)
                if not self._waiting:
                    return None
                item = self._waiting.popleft()
                if not isinstance(item, Slot):
                    return item
                self._num_frames -= 1
                self._changed.notify_all()
                if not self._is_stale(item):
                    return item
                missed = self._lose(item, "stale")
                if self._record_missed:
                    return missed

    def _is_stale(self, slot: Slot) -> bool:
        if self.policy == "every" or slot.frame is None:
            return False
        return self._clock() - slot.frame.captured_at > self._max_age_seconds

    @property
    def exhausted(self) -> bool:
        """Whether everything that was put has been taken and nothing more comes."""
        with self.lock:
            return self._ended and not self._waiting

    @property
    def num_waiting(self) -> int:
        """Frames that wait for the model; those that it passes over cost nothing."""
        with self.lock:
            return sum(isinstance(item, Slot) and item.picked for item in self._waiting)

    def recycle(self, slot: Slot) -> None:
        """Return a slot; called with the lock held."""
        self._free.append(slot)
        self._changed.notify_all()
