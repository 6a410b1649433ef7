"""Matching of detected to true events."""

from __future__ import annotations

from collections.abc import Sequence

from edgevid_train.evaluation.events.spans import Span, iou, shared_seconds

IOUS = (0.3, 0.5, 0.7)
WINDOW_SECONDS = 10.0
"""Tolerance of the mean overlap score: starts and ends of a match may be so far apart."""

_ROUNDING = 1e-9


def match(truth: Sequence[Span], found: Sequence[Span], at_least: float) -> list[tuple[int, int]]:
    """One-to-one pairs (index of truth, index of found) with the largest sum of IoU.

    Both lists are of one group in one drive, in order and without overlaps, so no pairs of the
    best assignment cross: it is found like a longest common subsequence.

    Args:
        truth: True intervals.
        found: Detected intervals.
        at_least: IoU below which two cannot be a pair; 0 asks for any overlap.
    """
    rows, columns = len(truth), len(found)
    value = [[_match_score(t, f, at_least) for f in found] for t in truth]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = best[i + 1][j + 1] + value[i][j] if value[i][j] > 0 else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        if value[i][j] > 0 and best[i][j] == best[i + 1][j + 1] + value[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def overlap_scores(truth: Sequence[Span], found: Sequence[Span]) -> list[float]:
    """Overlap scores of one group in one drive, whose mean over everything is the mOS.

    In the order of its start, each true event takes the free found event with the highest score
    among those whose start and end are both within ten seconds of its own. The score of a pair is
    what both cover, divided by the time from the first start to the last end. Whatever is left
    without a partner, true or found, scores 0.

    Reference:
        Naphade et al., "The 7th AI City Challenge", CVPR Workshops 2023, Track 3,
        https://arxiv.org/abs/2304.07500.
    """
    free = set(range(len(found)))
    scores = []
    for true in sorted(truth):
        near = [
            j
            for j in free
            if abs(found[j][0] - true[0]) <= WINDOW_SECONDS
            and abs(found[j][1] - true[1]) <= WINDOW_SECONDS
        ]
        score, taken = max(((_overlap_score(true, found[j]), -j) for j in near), default=(0.0, 1))
        if score > 0:
            free.remove(-taken)
        scores.append(score)
    return scores + [0.0] * len(free)


def _overlap_score(a: Span, b: Span) -> float:
    whole = max(a[1], b[1]) - min(a[0], b[0])
    return shared_seconds(a, b) / whole if whole > 0 else 0.0


def _match_score(a: Span, b: Span, at_least: float) -> float:
    value = iou(a, b)
    return value if value >= at_least - _ROUNDING else 0.0
