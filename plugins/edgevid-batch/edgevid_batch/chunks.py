"""Cuts a drive into chunks that can be scored in any order, on any worker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgevid.media import Layout
from edgevid.pipeline import Resampler
from edgevid_batch.memory import Memory

Places = npt.NDArray[np.int64]
Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """The frames of a drive that the model is given, at its own rate."""

    frames: Places
    """Their number in the file, (N,)."""
    seconds: Seconds
    """pts, (N,)."""
    starts: Places
    """Samples at which the state starts anew: the first, and each after a long gap."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """A part of a drive: frames of its own, and before them what fills the model's memory."""

    number: int
    frames: Places
    """Numbers in the file of all its frames, (n,)."""
    ticks: Places
    """Their time stamps in the container."""
    seconds: Seconds
    """Their pts."""
    starts: Places
    """Places among them at which the state starts anew."""
    started_seconds: float
    """pts at which the stream started of which the first frame is a part."""
    lead: int
    """Leading frames that belong to the chunk before it."""
    exact: int
    """The first frame whose score is exact; those from here to ``lead`` are compared."""
    key_ticks: int | None
    """Key frame to begin with; None is the start of the file."""


def sample(layout: Layout, rate_hz: float, max_gap_seconds: float) -> Samples:
    """The frames that an uninterrupted run would give to the model."""
    resampler = Resampler(rate_hz)
    picked = []
    for number, pts in enumerate(layout.seconds.tolist()):
        if resampler.due(pts):
            resampler.pick(pts)
            picked.append(number)
        else:
            resampler.skip(pts)
    frames = np.asarray(picked, np.int64)
    seconds = layout.seconds[frames]
    starts = np.flatnonzero(np.diff(seconds, prepend=-np.inf) > max_gap_seconds)
    return Samples(frames, seconds, starts.astype(np.int64))


def cut(
    layout: Layout, samples: Samples, memory: Memory, cuts: list[int] | Places
) -> Iterator[Chunk]:
    """Chunks that begin with the first sample and at each cut.

    Args:
        layout: Of the file.
        samples: Of it.
        memory: Of the model.
        cuts: Places among the samples, ascending, in (0, N).
    """
    bounds = [0, *(int(c) for c in cuts), len(samples.frames)]
    for number, (first, end) in enumerate(itertools.pairwise(bounds)):
        since = int(samples.starts[np.searchsorted(samples.starts, first, side="right") - 1])
        begin, exact = memory.starts(samples.seconds, since, first)
        part = slice(begin, end)
        inside = samples.starts[(samples.starts >= begin) & (samples.starts < end)]
        ticks = layout.ticks[samples.frames[part]]
        yield Chunk(
            number=number,
            frames=samples.frames[part],
            ticks=ticks,
            seconds=samples.seconds[part],
            starts=inside - begin,
            started_seconds=float(samples.seconds[since]),
            lead=first - begin,
            exact=exact - begin,
            key_ticks=layout.key_before(int(ticks[0])) if begin else None,
        )


def even_cuts(samples: Samples, chunk_seconds: float) -> list[int]:
    """Cuts about every ``chunk_seconds``; the last chunk is never much shorter than the others."""
    span = float(samples.seconds[-1] - samples.seconds[0])
    count = max(1, round(span / chunk_seconds))
    times = samples.seconds[0] + span * np.arange(1, count) / count
    places = np.unique(np.searchsorted(samples.seconds, times))
    return [int(place) for place in places if 0 < place < len(samples.seconds)]
