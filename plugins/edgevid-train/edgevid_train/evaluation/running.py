"""Scores one clip under many conditions, decoding it once for each set of times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from edgevid.types import Image
from edgevid_train.evaluation.clips import LabelledClip, Times
from edgevid_train.evaluation.conditions import Condition
from edgevid_train.evaluation.scoring import ClipScores, StreamScorer

_ROUNDING = 1e-6


def score_conditions(
    scorer: StreamScorer, clip: LabelledClip, conditions: Sequence[Condition]
) -> list[ClipScores]:
    """Score a clip under each condition.

    Conditions that show the same images at the same times are run once, and those that differ
    only in what they do to the image share one decoding and run side by side as one batch.

    Args:
        scorer: The opened model.
        clip: The clip.
        conditions: At least one, with different names.

    Returns:
        One result per condition, in their order. Times are the stream's: the hold of a clip at
        another speed lies elsewhere.
    """
    rate = scorer.card.input_rate_hz
    grids = [c.times(clip.duration_seconds, rate) for c in conditions]
    groups: dict[tuple[bytes, bytes], list[int]] = {}
    for index, (stream, content) in enumerate(grids):
        groups.setdefault((stream.tobytes(), content.tobytes()), []).append(index)
    found: dict[int, ClipScores] = {}
    for members in groups.values():
        found |= _score_group(scorer, clip, conditions, members, grids[members[0]])
    return [found[index] for index in range(len(conditions))]


def _score_group(
    scorer: StreamScorer,
    clip: LabelledClip,
    conditions: Sequence[Condition],
    members: Sequence[int],
    grid: tuple[Times, Times],
) -> dict[int, ClipScores]:
    plain = [i for i in members if conditions[i].picture is None]
    run = [*plain[:1], *(i for i in members if conditions[i].picture is not None)]
    stream, content = grid
    images = clip.read(content)
    batches = _changed(images, [conditions[i] for i in run])
    scored = scorer.score_streams(clip.name, stream, batches)
    marked = [_with_hold(scores, stream, content, clip.hold) for scores in scored]
    found = dict(zip(run, marked, strict=True))
    return found | {i: found[plain[0]] for i in plain}


def _with_hold(
    scores: ClipScores, stream: Times, content: Times, hold: tuple[float, float] | None
) -> ClipScores:
    """Mark the frames that show the hold, wherever on the stream's timeline they are."""
    if hold is None:
        return scores
    shown = content[np.searchsorted(stream, scores.times - _ROUNDING)]
    return replace(scores, held=(shown >= hold[0] - _ROUNDING) & (shown < hold[1]))


def _changed(images: Image, conditions: Sequence[Condition]) -> Iterator[list[Image]]:
    for index, image in enumerate(images):
        yield [image if c.picture is None else c.picture(image, index) for c in conditions]
