"""The times of a clip's frames."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edgevid_train.data.errors import DataError

_INSIDE_SECONDS = 0.001
"""The end is exclusive: the frame that is shown at it belongs to what follows."""


def clip_times(
    segment_start: float,
    segment_end: float,
    *,
    rate_hz: float,
    num_frames: int,
    rng: np.random.Generator | None,
    speed: tuple[float, float] = (0.7, 1.4),
) -> npt.NDArray[np.float64]:
    """Choose the times of a clip within a segment.

    Where the segment is shorter than the clip, the times are clamped to it: its first or its last
    frame is repeated, so that a clip never shows what another label belongs to.

    Args:
        segment_start: Seconds.
        segment_end: Seconds, exclusive; after the start.
        rate_hz: Frames per second at speed 1.
        num_frames: T.
        rng: Draws the speed, uniform in its logarithm, and the place; without it the speed is 1
            and the clip lies in the middle.
        speed: Slowest and fastest; 2 shows the behaviour twice as fast.

    Returns:
        Ascending seconds, float64, (T,).

    Raises:
        DataError: If an argument is out of range.
    """
    _check(segment_start, segment_end, rate_hz, num_frames, speed)
    factor = math.exp(rng.uniform(math.log(speed[0]), math.log(speed[1]))) if rng else 1.0
    last = max(segment_start, segment_end - _INSIDE_SECONDS)
    steps = np.arange(num_frames) * (factor / rate_hz)
    room = last - segment_start - float(steps[-1])
    offset = rng.uniform(min(0.0, room), max(0.0, room)) if rng else room / 2
    return np.clip(segment_start + offset + steps, segment_start, last)


def _check(
    start: float, end: float, rate_hz: float, num_frames: int, speed: tuple[float, float]
) -> None:
    if not (0 <= start < end < math.inf):
        raise DataError(f"a segment from {start} to {end} s; accepted are 0 or more, start < end")
    if not (0 < rate_hz < math.inf) or num_frames < 1:
        raise DataError(
            f"a clip of {num_frames} frames at {rate_hz} Hz; accepted are 1 or more, above 0 Hz"
        )
    if not (0 < speed[0] <= speed[1] < math.inf):
        raise DataError(f"speed is {speed}; accepted are two positive numbers, the slower first")
