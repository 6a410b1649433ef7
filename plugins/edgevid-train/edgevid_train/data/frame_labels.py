"""The label of every frame of a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from edgevid_train.data.table import Segment

IGNORED = -100
"""Label of a frame that teaches nothing: a transition, or before the network's memory is full."""


def frame_labels(
    segments: Iterable[Segment], times: npt.NDArray[np.float64], places: Mapping[str, int]
) -> npt.NDArray[np.int64]:
    """Return the class of each frame.

    Args:
        segments: Of one file.
        times: Of the frames, seconds, (T,).
        places: Class name → place among the classes.

    Returns:
        (T,): a place, or ``IGNORED`` between segments.
    """
    labels = np.full(len(times), IGNORED, np.int64)
    for segment in segments:
        end = np.inf if segment.end_seconds is None else segment.end_seconds
        labels[(times >= segment.start_seconds) & (times < end)] = places[segment.label]
    return labels
