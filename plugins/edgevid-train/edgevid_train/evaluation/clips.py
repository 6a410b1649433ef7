"""A clip with a label, and the times at which a stream of it is fed to a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgevid import ConfigError
from edgevid.types import Image

Times = npt.NDArray[np.float64]

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """An interval of a video that shows one behaviour."""

    name: str
    """Unique among the clips of one evaluation, for messages."""
    label: str
    """One of the model's class names."""
    driver: str
    """Driver in the clip; clips of one driver are not independent of each other."""
    frames_at: Callable[[Times], Image]
    """Images at ascending times in [0, duration], seconds, (N,): uint8 BGR, (N, H, W, 3)."""
    duration_seconds: float
    hold: tuple[float, float] | None = None
    """Start and end of the part in which the behaviour is held, seconds; None if not known."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration_seconds) and self.duration_seconds > 0):
            raise ConfigError(
                f"clip {self.name!r}: duration_seconds is {self.duration_seconds}; "
                f"give a positive number of seconds"
            )
        if self.hold is not None and not (
            0 <= self.hold[0] < self.hold[1] <= self.duration_seconds + _ROUNDING
        ):
            raise ConfigError(
                f"clip {self.name!r}: hold is {self.hold}; give a start before an end, both "
                f"within 0 and {self.duration_seconds:g} s, or None"
            )

    def read(self, times: Times) -> Image:
        """Read the images at some times, checked.

        Args:
            times: Ascending seconds, (N,).

        Returns:
            uint8 BGR, (N, H, W, 3).

        Raises:
            ConfigError: If ``frames_at`` gives anything else.
        """
        images = np.asarray(self.frames_at(times))
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
            given = f"{images.dtype} {images.shape}"
        elif len(images) != len(times):
            given = f"{len(images)} pictures for {len(times)} times"
        else:
            return images
        raise ConfigError(
            f"clip {self.name!r}: frames_at returned {given}; it must return uint8 BGR images, "
            f"({len(times)}, H, W, 3)"
        )


def stream_times(duration_seconds: float, rate_hz: float) -> Times:
    """Times of the frames of a stream: from 0 in steps of one period, before the end; (N,)."""
    count = max(1, math.ceil(duration_seconds * rate_hz - _ROUNDING))
    return np.arange(count) / rate_hz
