import random

import pytest
from edgevid_train.evaluation.events.counts import TrueEvent, count, reaching
from edgevid_train.evaluation.events.matching import match, overlap_scores
from edgevid_train.evaluation.events.result import FoundEvent
from edgevid_train.evaluation.events.spans import gaps, iou, joined


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 10), (0, 10), 1.0),
        ((0, 10), (5, 15), 5 / 15),
        ((0, 10), (2, 7), 0.5),
        ((0, 10), (10, 20), 0.0),
        ((0, 10), (30, 40), 0.0),
        ((5, 5), (5, 5), 0.0),
        ((0, 10), (4, 4), 0.0),
    ],
)
def test_iou_is_shared_time_over_all_time(a, b, expected):
    assert iou(a, b) == pytest.approx(expected)
    assert iou(b, a) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(0, 5), (5, 9)], [(0, 9)]),
        ([(5.08, 9), (0, 5)], [(0, 9)]),
        ([(0, 5), (5.2, 9)], [(0, 5), (5.2, 9)]),
        ([(0, 10), (2, 3), (9, 12)], [(0, 12)]),
    ],
)
def test_stretches_that_touch_are_one(spans, expected):
    assert joined(spans) == expected


def test_gaps_are_what_is_left_free():
    assert gaps([(2, 4), (4.05, 6)], 10) == [(0.0, 2), (6, 10)]
    assert gaps([(0, 10)], 10) == []
    assert gaps([], 3) == [(0.0, 3)]


@pytest.mark.parametrize(
    ("truth", "found", "at_least", "expected"),
    [
        ([(0, 10)], [(0, 10)], 0.5, [(0, 0)]),
        ([(0, 10)], [(2, 7)], 0.5, [(0, 0)]),
        ([(0, 10)], [(2, 6.9)], 0.5, []),
        ([(0, 10)], [], 0.3, []),
        ([], [(0, 10)], 0.3, []),
        # One event over two true ones is one match at most.
        ([(0, 10), (12, 20)], [(0, 20)], 0.3, [(0, 0)]),
        # Of two fragments the larger one counts.
        ([(0, 10)], [(0, 3.5), (4, 10)], 0.3, [(0, 1)]),
        # The nearer partner first would leave the second true event without one.
        ([(0, 10), (10.5, 14)], [(4, 10), (9, 14)], 0.3, [(0, 0), (1, 1)]),
        # Greedy by IoU would take (1, 0) with 0.4 and leave 0.33 + 0.24.
        ([(0, 6), (6.2, 10)], [(3, 9), (9.1, 10)], 0.0, [(0, 0), (1, 1)]),
    ],
)
def test_pairs_have_the_largest_sum_of_iou(truth, found, at_least, expected):
    assert match(truth, found, at_least) == expected


def brute_force(truth, found, at_least):
    """The best sum over all one-to-one assignments."""
    if not truth:
        return 0.0
    rest = brute_force(truth[1:], found, at_least)
    for j, candidate in enumerate(found):
        value = iou(truth[0], candidate)
        if value >= at_least and value > 0:
            left = [*found[:j], *found[j + 1 :]]
            rest = max(rest, value + brute_force(truth[1:], left, at_least))
    return rest


@pytest.mark.parametrize("at_least", [0.0, 0.3, 0.5])
def test_no_other_assignment_is_better(at_least):
    chance = random.Random(7)
    for _ in range(200):
        cuts = [sorted(chance.sample(range(60), 2 * chance.randint(0, 4))) for _ in range(2)]
        truth, found = ([(c[k], c[k + 1]) for k in range(0, len(c), 2)] for c in cuts)
        pairs = match(truth, found, at_least)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
        total = sum(iou(truth[i], found[j]) for i, j in pairs)
        assert total == pytest.approx(brute_force(truth, found, at_least))


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ([(0, 10)], [(0, 10)], [1.0]),
        ([(0, 10)], [(5, 15)], [5 / 15]),
        # Both ends must be within ten seconds.
        ([(0, 30)], [(0, 19)], [0.0, 0.0]),
        ([(0, 30)], [(0, 20)], [20 / 30]),
        # What has no partner counts as 0, true or found.
        ([(0, 10), (50, 60)], [(0, 10)], [1.0, 0.0]),
        ([(0, 10)], [(0, 10), (50, 60)], [1.0, 0.0]),
        # The earlier true event chooses first.
        ([(0, 10), (8, 18)], [(6, 14)], [4 / 14, 0.0]),
        ([], [], []),
    ],
)
def test_overlap_scores_follow_the_ai_city_challenge(truth, found, expected):
    assert overlap_scores(truth, found) == pytest.approx(expected)


def found(start, end, *, level=0, detected=None):
    return FoundEvent("drinking", "drinking", start, end, level, detected)


def true(start, end, onset=None):
    return TrueEvent("drinking", start, end, start if onset is None else onset)


def test_a_group_in_a_drive_is_counted():
    truth = [true(10, 20, onset=11), true(40, 50), true(80, 90)]
    events = [
        found(0, 5, level=2, detected=0.5),  # false
        found(12, 20, level=3, detected=13),  # IoU 0.8
        found(44, 48, level=1, detected=44.5),  # IoU 0.4
        found(48.5, 49, detected=48.7),  # a fragment
    ]

    counts = count(truth, events)

    assert (counts.num_truth, counts.num_events, counts.detected) == (3, 4, 2)
    assert dict(counts.matched) == {0.3: 2, 0.5: 1, 0.7: 1}
    assert counts.delays == pytest.approx([2.0, 4.5])
    assert [reaching(counts.alerts, level) for level in range(4)] == [4, 3, 2, 1]
    assert [reaching(counts.false, level) for level in range(4)] == [1, 1, 1, 0]
    assert [reaching(counts.strict, level) for level in range(4)] == [2, 1, 1, 0]
    # 0.8 and 0.4 of three true events, the false one and the fragment.
    assert counts.overlap_sum == pytest.approx(1.2)
    assert counts.overlap_count == 5


@pytest.mark.parametrize(
    ("onset", "detected", "delay"),
    [
        (11, 13, 2.0),
        (11, 10.4, -0.6),  # in the approach
        (11, 3, -1.0),  # it was something else until the event began
    ],
)
def test_delay_counts_from_the_onset_of_the_hold(onset, detected, delay):
    counts = count([true(10, 20, onset=onset)], [found(2, 18, detected=detected)])

    assert counts.delays == pytest.approx([delay])


def test_an_event_whose_detection_has_no_time_is_detected_all_the_same():
    counts = count([true(10, 20)], [found(12, 18)])

    assert (counts.detected, counts.delays) == (1, [])


def test_a_false_alert_touches_no_true_event():
    counts = count([true(10, 20)], [found(0, 10, level=2), found(19.9, 30, level=2)])

    assert reaching(counts.false, 2) == 1
    assert reaching(counts.strict, 2) == 2
