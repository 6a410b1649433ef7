"""Puts the outcomes of all drives together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edgevid import ConfigError
from edgevid_train.evaluation.events.counts import EventCounts, total
from edgevid_train.evaluation.events.drive import DriveOutcome, outcome_of
from edgevid_train.evaluation.events.groups import groups_of
from edgevid_train.evaluation.events.mistakes import mistakes_of
from edgevid_train.evaluation.events.pairing import Pair
from edgevid_train.evaluation.events.resampling import intervals
from edgevid_train.evaluation.events.schema import (
    CurvePoint,
    DriveRow,
    EventsReport,
    Mistake,
    MistakeCount,
    ModelPart,
    NamedScores,
    TimedEvent,
)
from edgevid_train.evaluation.events.scores import SECONDS_PER_HOUR, ratio, scores_of
from edgevid_train.evaluation.events.spans import joined, shared_seconds

_LEAST_DRIVERS = 5
_LEAST_LEVEL = 3
_SERIOUS = 2


def evaluate_events(
    pairs: Sequence[Pair],
    *,
    background: str | None = None,
    options: Mapping[str, Any] | None = None,
    curve: Sequence[CurvePoint] = (),
    warnings: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> EventsReport:
    """Score results against the truth.

    Args:
        pairs: Drives with their results, all of one model and policy.
        background: The label that is no event; as the policy says, else ``safe_driving``.
        options: Of the event engine, if they are known: why something was missed rests on them.
        curve: From ``curve.sweep``, if it was computed.
        warnings: What was odd about the pairs.
        progress: Called with drives done and drives in all.

    Raises:
        ConfigError: If there is no drive, or none lasts.
    """
    if not pairs:
        raise ConfigError("no drives to evaluate; give a truth and results")
    groups = groups_of(pairs[0][1].policy, background, options)
    outcomes: list[DriveOutcome] = []
    mistakes: list[Mistake] = []
    for done, (drive, result) in enumerate(pairs, start=1):
        outcomes.append(outcome_of(drive, result, groups))
        mistakes += mistakes_of(outcomes[-1], result, groups)
        progress(done, len(pairs))
    seconds = sum(o.seconds for o in outcomes)
    if seconds <= 0:
        raise ConfigError("the drives last 0 s all together; give truth that covers some time")
    levels = _levels(outcomes)
    over_drivers = len({o.driver for o in outcomes}) >= _LEAST_DRIVERS
    units = _units(outcomes, (lambda o: o.driver) if over_drivers else (lambda o: str(o.path)))
    states = _added([o.state_seconds for o in outcomes])
    first = pairs[0][1]
    return EventsReport(
        model=ModelPart(
            name=first.model.name,
            version=first.model.version,
            sha256=first.model.sha256,
            runs_on=dict(first.runs_on),
        ),
        policy=dict(first.policy),
        groups=dict(groups.members),
        background=groups.background,
        num_drives=len(outcomes),
        num_drivers=len({o.driver for o in outcomes}),
        hours=round(seconds / SECONDS_PER_HOUR, 6),
        background_share=round(1 - sum(map(_busy_seconds, outcomes)) / seconds, 6),
        num_unlabelled=sum(o.num_unlabelled for o in outcomes),
        overall=scores_of(total(t for o in outcomes for t in o.by_group.values()), seconds, levels),
        intervals=intervals(list(units.values()), levels),
        interval_over="drivers" if over_drivers else "drives",
        per_group=_named(outcomes, lambda o: o.by_group, seconds, levels),
        per_label=_named(outcomes, lambda o: o.by_label, seconds, levels),
        per_driver=_drivers(outcomes, levels),
        availability_seconds={name: round(s, 3) for name, s in sorted(states.items())},
        available=ratio(states.get("ok", 0.0), sum(states.values())) if states else None,
        mistake_counts=_mistake_counts(mistakes),
        mistakes=tuple(mistakes),
        drives=tuple(_row(o) for o in outcomes),
        curve=tuple(curve),
        warnings=tuple(warnings),
    )


def _levels(outcomes: Sequence[DriveOutcome]) -> range:
    reached = (event.max_level for o in outcomes for event in o.events)
    return range(max(_LEAST_LEVEL, *reached, 0) + 1)


def _units(
    outcomes: Sequence[DriveOutcome], key: Callable[[DriveOutcome], str]
) -> dict[str, tuple[EventCounts, float]]:
    units: dict[str, tuple[EventCounts, float]] = {}
    for outcome in outcomes:
        counts, seconds = units.get(key(outcome), (EventCounts(), 0.0))
        counts.add(total(outcome.by_group.values()))
        units[key(outcome)] = counts, seconds + outcome.seconds
    return units


def _named(
    outcomes: Sequence[DriveOutcome],
    part: Callable[[DriveOutcome], Mapping[str, EventCounts]],
    seconds: float,
    levels: Sequence[int],
) -> tuple[NamedScores, ...]:
    names = sorted({name for o in outcomes for name in part(o)})
    return tuple(
        NamedScores(
            name=name,
            hours=round(seconds / SECONDS_PER_HOUR, 6),
            scores=scores_of(
                total(part(o)[name] for o in outcomes if name in part(o)), seconds, levels
            ),
        )
        for name in names
    )


def _drivers(outcomes: Sequence[DriveOutcome], levels: Sequence[int]) -> tuple[NamedScores, ...]:
    units = _units(outcomes, lambda o: o.driver)
    return tuple(
        NamedScores(
            name=name,
            hours=round(seconds / SECONDS_PER_HOUR, 6),
            scores=scores_of(counts, seconds, levels),
        )
        for name, (counts, seconds) in sorted(units.items())
    )


def _busy_seconds(outcome: DriveOutcome) -> float:
    return sum(end - start for start, end in joined((t.span for t in outcome.truth), 0.0))


def _added(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    whole: dict[str, float] = {}
    for part in parts:
        for name, seconds in part.items():
            whole[name] = whole.get(name, 0.0) + seconds
    return whole


def _mistake_counts(mistakes: Sequence[Mistake]) -> tuple[MistakeCount, ...]:
    counts = Counter((m.kind, m.group, m.cause, m.other) for m in mistakes)
    serious = Counter(
        (m.kind, m.group, m.cause, m.other) for m in mistakes if (m.level or 0) >= _SERIOUS
    )
    return tuple(
        MistakeCount(
            kind=kind,
            group=group,
            cause=cause,
            other=other,
            count=count,
            at_level_2=serious[kind, group, cause, other],
        )
        for (kind, group, cause, other), count in sorted(
            counts.items(), key=lambda item: (item[0][0], -item[1], str(item[0]))
        )
    )


def _row(outcome: DriveOutcome) -> DriveRow:
    def is_false(group: str, span: tuple[float, float]) -> bool:
        own = (t.span for t in outcome.truth if t.name == group)
        return not any(shared_seconds(span, true) > 0 for true in own)

    return DriveRow(
        name=outcome.name,
        driver=outcome.driver,
        seconds=round(outcome.length_seconds, 3),
        truth=tuple(
            TimedEvent(
                group=t.name,
                start_seconds=round(t.start_seconds, 3),
                end_seconds=round(t.end_seconds, 3),
            )
            for t in outcome.truth
        ),
        events=tuple(
            TimedEvent(
                group=e.group,
                start_seconds=round(e.start_seconds, 3),
                end_seconds=round(e.end_seconds, 3),
                level=e.max_level,
                false=is_false(e.group, e.span),
            )
            for e in outcome.events
        ),
    )
