"""The last seconds of one stream, from which clips are cut by time and not by count."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Sequence

import numpy as np

from edgevid.types import Image


class ClipWindow:
    """Keeps resized frames for as long as the longest clip needs.

    A frame that was dropped does not shift the others in time: each place of a clip is filled by
    the frame nearest to the time it stands for.
    """

    def __init__(self, span_seconds: float, rate_hz: float, stride_frames: int = 1) -> None:
        """Create an empty window.

        Args:
            span_seconds: From the first to the last frame of the longest clip.
            rate_hz: Rate at which frames are pushed.
            stride_frames: Pushed frames from one due clip to the next.
        """
        self._span_seconds = span_seconds
        self._slack_seconds = 0.25 / rate_hz
        self._stride = stride_frames
        self._since_due = stride_frames - 1
        self._pts: deque[float] = deque()
        self._images: deque[Image] = deque()

    def push(self, image: Image, pts_seconds: float) -> bool:
        """Add a frame; the window owns ``image`` from now on.

        Returns:
            Whether a clip is due: the window is full and the stride is over.
        """
        if self._pts and pts_seconds <= self._pts[-1]:
            raise ValueError(f"pts must increase: got {pts_seconds} after {self._pts[-1]}")
        if self._images and self._images[-1].shape != image.shape:
            raise ValueError(f"frame size changed: {self._images[-1].shape} to {image.shape}")
        self._pts.append(pts_seconds)
        self._images.append(image)
        oldest = pts_seconds - self._span_seconds - self._slack_seconds
        # One frame older than the span stays: it may be the nearest to the clip's first place.
        while len(self._pts) > 1 and self._pts[1] <= oldest:
            self._pts.popleft()
            self._images.popleft()
        if not self.full:
            return False
        self._since_due += 1
        if self._since_due < self._stride:
            return False
        self._since_due = 0
        return True

    @property
    def full(self) -> bool:
        """Whether the frames kept span the longest clip."""
        return (
            bool(self._pts)
            and self._pts[-1] - self._pts[0] >= self._span_seconds - self._slack_seconds
        )

    def clip(self, num_frames: int, rate_hz: float) -> Image:
        """Cut a clip of even steps that ends at the newest frame.

        Returns:
            uint8, (num_frames, H, W, 3), oldest first.
        """
        return self.frames([step / rate_hz for step in range(num_frames - 1, -1, -1)])

    def frames(self, seconds_back: Sequence[float]) -> Image:
        """The frames nearest to some ages, counted from the newest frame.

        Returns:
            uint8, (number of ages, H, W, 3), in their order.
        """
        if not self._pts:
            raise ValueError("the window is empty: push a frame first")
        newest = self._pts[-1]
        return np.stack([self._images[self._nearest(newest - age)] for age in seconds_back])

    def _nearest(self, when: float) -> int:
        after = bisect.bisect_left(self._pts, when)
        if after == 0:
            return 0
        if after == len(self._pts):
            return after - 1
        return after if self._pts[after] - when < when - self._pts[after - 1] else after - 1
