"""Causes of a drive's errors: contents of false alarms, reasons of missed events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgevid_train.evaluation.events.counts import TrueEvent
from edgevid_train.evaluation.events.drive import DriveOutcome, state_at
from edgevid_train.evaluation.events.groups import Groups
from edgevid_train.evaluation.events.matching import match
from edgevid_train.evaluation.events.result import DriveResult, FoundEvent
from edgevid_train.evaluation.events.schema import Mistake
from edgevid_train.evaluation.events.spans import Span, shared_seconds, shared_with

IOU = 0.5
"""Below it an event counts as missed here."""
CAUSES = {
    "another_behaviour": "it overlaps no event of its group, most of it another behaviour",
    "background": "it overlaps no event of its group, most of it the background",
    "duplicate": "the event that it overlaps has a better match",
    "badly_placed": "it overlaps an event of its group, and no pair reaches IoU 0.5",
    "unavailable": "for half of it the runtime reported no availability",
    "not_watched": "model or policy do not know it: it never becomes an event",
    "fragments": "several events overlap it, none with IoU 0.5",
    "cut_short": "one event overlaps it and is too short for IoU 0.5",
    "too_long": "one event overlaps it and is too long for IoU 0.5",
    "shifted": "one event overlaps it, and most of each lies outside the other",
    "other_group": "an event of another group covers half of it",
    "below_enter": "the group's score never rose above the policy's enter",
    "too_briefly": "the score rose above enter, not steadily enough for an event",
    "not_found": "no event; without stored predictions nothing more is known",
}
"""Explanations of the causes of mistakes."""


def mistakes_of(outcome: DriveOutcome, result: DriveResult, groups: Groups) -> list[Mistake]:
    """Every found event that is no match at IoU 0.5, and every true one that has none."""
    rows = []
    for name in sorted({t.name for t in outcome.truth} | {e.group for e in outcome.events}):
        truth = [t for t in outcome.truth if t.name == name]
        found = [e for e in outcome.events if e.group == name]
        pairs = match([t.span for t in truth], [e.span for e in found], IOU)
        taken_truth, taken = {i for i, _ in pairs}, {j for _, j in pairs}
        rows += [
            _false(outcome, event, truth, [truth[i] for i in taken_truth], groups)
            for j, event in enumerate(found)
            if j not in taken
        ]
        rows += [
            _missed(outcome, true, found, result, groups)
            for i, true in enumerate(truth)
            if i not in taken_truth
        ]
    return sorted(rows, key=lambda row: (row.start_seconds, row.kind, row.group))


def _false(
    outcome: DriveOutcome,
    event: FoundEvent,
    truth: Sequence[TrueEvent],
    matched: Sequence[TrueEvent],
    groups: Groups,
) -> Mistake:
    overlapped = [t for t in truth if shared_seconds(t.span, event.span) > 0]
    other: str | None = None
    if overlapped:
        # The same cause for what is found badly and what is missed for it.
        cause = "duplicate" if all(t in matched for t in overlapped) else "badly_placed"
    else:
        other = _going_on(outcome.truth, event.span, groups.background)
        cause = "background" if other == groups.background else "another_behaviour"
    return Mistake(
        drive=outcome.path.name,
        driver=outcome.driver,
        kind="found",
        group=event.group,
        label=event.label,
        start_seconds=round(event.start_seconds, 3),
        end_seconds=round(event.end_seconds, 3),
        level=event.max_level,
        cause=cause,
        other=other,
    )


def _going_on(truth: Sequence[TrueEvent], span: Span, background: str) -> str:
    """The label that covers most of an interval."""
    shares = {t.name: 0.0 for t in truth}
    for true in truth:
        shares[true.name] += shared_seconds(true.span, span)
    name = max(shares, key=lambda n: shares[n], default=background)
    return name if shares and shares[name] > (span[1] - span[0]) / 2 else background


def _missed(
    outcome: DriveOutcome,
    true: TrueEvent,
    found: Sequence[FoundEvent],
    result: DriveResult,
    groups: Groups,
) -> Mistake:
    cause, other = _missed_cause(true, found, outcome.events, result, groups)
    return Mistake(
        drive=outcome.path.name,
        driver=outcome.driver,
        kind="missed",
        group=true.name,
        label=None,
        start_seconds=round(true.start_seconds, 3),
        end_seconds=round(true.end_seconds, 3),
        level=None,
        cause=cause,
        other=other,
    )


def _missed_cause(
    true: TrueEvent,
    found: Sequence[FoundEvent],
    events: Sequence[FoundEvent],
    result: DriveResult,
    groups: Groups,
) -> tuple[str, str | None]:
    length = true.end_seconds - true.start_seconds
    own = [event for event in found if shared_seconds(true.span, event.span) > 0]
    if len(own) > 1:
        return "fragments", None
    if own:
        return _badly_placed(true.span, own[0].span), None
    if not groups.is_watched(true.name):
        return "not_watched", None
    states = state_at(result.availability, true.span)
    if sum(seconds for state, seconds in states.items() if state != "ok") > length / 2:
        return "unavailable", None
    shares = {
        event.group: shared_with(true.span, [e.span for e in events if e.group == event.group])
        for event in events
    }
    name = max(shares, key=lambda n: shares[n], default="")
    if shares and shares[name] >= length / 2:
        return "other_group", name
    return _by_scores(true, result, groups), None


def _badly_placed(true: Span, found: Span) -> str:
    shared, length, other = shared_seconds(true, found), true[1] - true[0], found[1] - found[0]
    if shared < min(length, other) / 2:
        return "shifted"
    return "cut_short" if other < length else "too_long"


def _by_scores(true: TrueEvent, result: DriveResult, groups: Groups) -> str:
    enter = groups.enter(true.name)
    predicted, classes = result.predictions, result.model.class_names
    columns = [classes.index(label) for label in groups.labels(true.name) if label in classes]
    if predicted is None or enter is None:
        return "not_found"
    within = (
        predicted.valid
        & (predicted.seconds >= true.start_seconds)
        & (predicted.seconds < true.end_seconds)
    )
    scores = np.nan_to_num(predicted.scores[within])
    if not columns or not len(scores):
        return "below_enter"
    # Scores that add up to one are shares of one decision; others stand each for itself.
    add_up = bool(np.allclose(scores.sum(axis=1), 1, atol=0.01))
    together = scores[:, columns].sum(axis=1) if add_up else scores[:, columns].max(axis=1)
    return "too_briefly" if together.max() > enter else "below_enter"
