"""Receptive field of a score: frames needed again when a drive is cut before it.

An online network of L shifted blocks sees exactly L sampled frames back, a clip its window. So a
part that begins early by as much gives exactly the scores of an uninterrupted pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from edgevid import ClipWindow
from edgevid.card import Card

Flags = npt.NDArray[np.bool_]
Seconds = npt.NDArray[np.float64]

_PICTURE = np.zeros((1, 1, 3), np.uint8)


class Memory(ABC):
    """Memory of one model, for frames at its own rate."""

    @abstractmethod
    def starts(self, seconds: Seconds, since: int, place: int) -> tuple[int, int]:
        """Return the first frames needed so that frames from ``place`` on get their exact scores.

        Args:
            seconds: pts of all sampled frames, (N,).
            since: The frame at which the state last started anew.
            place: A frame at or after it.

        Returns:
            The frame to begin with, and the first one whose score is exact then. That one lies
            before ``place`` if possible: its score is known from the part before, and is compared.
        """


class Steps(Memory):
    """Memory of frame and stream models: a number of frames."""

    def __init__(self, num_frames: int) -> None:
        """Take the number of frames before the newest that a score depends on."""
        self._num_frames = num_frames

    def starts(self, seconds: Seconds, since: int, place: int) -> tuple[int, int]:
        """One frame more than the memory is long."""
        exact = max(since, place - 1)
        begin = exact - self._num_frames
        return (since, since) if begin <= since else (begin, exact)


class Clips(Memory):
    """Memory of clip models: a window of time, and the rhythm in which clips are due."""

    def __init__(self, card: Card) -> None:
        """Take a card of clips."""
        self._card = card
        self._span = card.window_seconds - 0.25 / card.input_rate_hz

    def starts(self, seconds: Seconds, since: int, place: int) -> tuple[int, int]:
        """Far enough for the clip due last before ``place``, and in step with the rhythm."""
        due = self._due(seconds[since:place])
        exact = since + int(np.flatnonzero(due)[-1]) if due.any() else since
        oldest = seconds[exact] - self._card.window_seconds - 0.25 / self._card.input_rate_hz
        begin = int(np.searchsorted(seconds[since : exact + 1], oldest, side="right")) - 1 + since
        while begin > since:
            full = begin + int(np.searchsorted(seconds[begin:], seconds[begin] + self._span))
            # Rounding of a sum and of a difference may differ in the last bit.
            while seconds[full - 1] - seconds[begin] >= self._span:
                full -= 1
            while full <= exact and seconds[full] - seconds[begin] < self._span:
                full += 1
            if full <= exact and due[full - since]:
                return begin, exact
            begin -= 1
        return since, since

    def _due(self, seconds: Seconds) -> Flags:
        card = self._card
        window = ClipWindow(card.window_seconds, card.input_rate_hz, card.stride_frames)
        return np.array([window.push(_PICTURE, float(pts)) for pts in seconds], bool)


def memory_of(card: Card) -> Memory | None:
    """Return the memory of a model; None if its card does not say."""
    if card.temporal_mode == "frame":
        return Steps(0)
    if card.temporal_mode == "stream":
        return None if card.memory_frames is None else Steps(card.memory_frames)
    return Clips(card)
