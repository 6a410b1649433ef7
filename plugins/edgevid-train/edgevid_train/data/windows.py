"""The times of a training window: around a segment, not only inside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_INSIDE_SECONDS = 0.001
"""The end is exclusive: no frame is shown at it."""


def window_times(
    segment: tuple[float, float],
    file_seconds: float,
    *,
    rate_hz: float,
    num_frames: int,
    speed: tuple[float, float],
    rng: np.random.Generator | None,
) -> npt.NDArray[np.float64]:
    """Choose the times of a window's frames.

    A window may reach over the ends of its segment, never over those of the file; in a file that is
    shorter than the window the last frame is held.

    Args:
        segment: Start and end, seconds.
        file_seconds: How long the file is.
        rate_hz: Frames per second at speed 1.
        num_frames: T.
        speed: Slowest and fastest; 2 shows the behaviour twice as fast.
        rng: Draws the speed, uniform in its logarithm, and the place: at least half of the window
            shows the segment, or half of the segment is shown. Without it the speed is 1 and the
            middle of the window is the segment's.

    Returns:
        Ascending seconds, (T,).
    """
    first, end = segment
    factor = float(np.exp(rng.uniform(*np.log(speed)))) if rng else 1.0
    steps = np.arange(num_frames) * (factor / rate_hz)
    span = float(steps[-1])
    if rng is None:
        start = (first + end - span) / 2
    else:
        margin = min(span, end - first) / 2
        earliest, latest = first - span + margin, end - margin
        start = rng.uniform(earliest, max(earliest, latest))
    last = max(0.0, file_seconds - _INSIDE_SECONDS)
    start = min(max(start, 0.0), max(0.0, last - span))
    return np.clip(start + steps, 0.0, last)
