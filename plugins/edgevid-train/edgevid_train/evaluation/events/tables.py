"""Tables of a report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from edgevid_train.evaluation.events.mistakes import CAUSES
from edgevid_train.evaluation.events.schema import Bounds, EventScores, EventsReport, NamedScores
from edgevid_train.evaluation.markdown import table

MOST_ROWS = 30
"""Most rows of drivers in the text; report.json has them all."""

NONE = "n/a"


def headline(report: EventsReport) -> str:
    """The overall numbers with their intervals."""
    scores, found = report.overall, report.intervals
    rows: list[tuple[str, str]] = []
    for row in scores.at:
        name = f"at IoU {row.iou:g}"
        rows += [
            (f"Precision {name}", share(row.precision, found.get(f"precision@{row.iou:g}"))),
            (f"Recall {name}", share(row.recall, found.get(f"recall@{row.iou:g}"))),
            (f"**F1 {name}**", share(row.f1, found.get(f"f1@{row.iou:g}"))),
        ]
    rows += [
        ("Mean overlap score (mOS)", share(scores.mean_overlap, found.get("mean_overlap"))),
        ("True events that any event overlaps", share(scores.detected, found.get("detected"))),
        (
            f"Time to detection, median of {scores.delay.count}, s",
            number(scores.delay.median, found.get("delay_median")),
        ),
        ("Time to detection, p95, s", number(scores.delay.p95, found.get("delay_p95"))),
    ]
    for alert in scores.alerts:
        name = f"False alerts an hour, level ≥ {alert.level} ({alert.false} of {alert.alerts})"
        bounds = found.get(f"false_per_hour@{alert.level}")
        rows.append((name, number(alert.false_per_hour, bounds)))
        name = f"… and those that are no match at IoU 0.3 ({alert.strict})"
        bounds = found.get(f"strict_per_hour@{alert.level}")
        rows.append((name, number(alert.strict_per_hour, bounds)))
    rows.append(("Availability", share(report.available, None)))
    return table(("Measure", "Value"), rows)


def scores_table(rows: Sequence[NamedScores], what: str) -> str:
    """One line for each group, label or driver; of many drivers the worst."""
    shown = sorted(rows, key=lambda r: (_f1(r.scores), r.name))[:MOST_ROWS]
    shown = list(rows) if len(rows) <= MOST_ROWS else shown
    head = (what, "True", "Found", "P", "R", "F1", "mOS", "Delay, s", "False/h", "≥ 1", "≥ 2")
    return table(head, [_scores_row(row) for row in shown])


def mistakes_table(report: EventsReport, kind: str) -> str:
    """Table of causes by group."""
    rows = [row for row in report.mistake_counts if row.kind == kind]
    head = ["Group", "Cause", "What it was, or was taken for", "Events"]
    head += ["At level ≥ 2"] if kind == "found" else []
    return table(
        head,
        [
            [r.group, CAUSES.get(r.cause, r.cause), r.other or "", str(r.count)]
            + ([str(r.at_level_2)] if kind == "found" else [])
            for r in rows
        ],
    )


def availability_table(report: EventsReport) -> str:
    """Seconds in each state."""
    whole = sum(report.availability_seconds.values())
    return table(
        ("State", "Share of the time"),
        [(s, share(t / whole if whole else None)) for s, t in report.availability_seconds.items()],
    )


def curve_table(report: EventsReport) -> str:
    """One line for each threshold."""
    head = ("enter", "exit", "Recall", "Precision", "F1", "False/h, level ≥ 2", "any", "Delay, s")
    return table(
        head,
        [
            (
                f"{p.enter:g}",
                f"{p.exit:g}",
                share(p.recall),
                share(p.precision),
                share(p.f1),
                number(p.false_per_hour),
                number(p.false_per_hour_any),
                number(p.delay_median),
            )
            for p in report.curve
        ],
    )


def share(value: float | None, bounds: Bounds | None = None) -> str:
    """A part of one, with its interval."""
    if value is None:
        return NONE
    text = f"{value:.3f}"
    return text if bounds is None else f"{text} ({bounds.low:.3f} to {bounds.high:.3f})"


def number(value: float | None, bounds: Bounds | None = None) -> str:
    """A number, with its interval."""
    if value is None:
        return NONE
    text = f"{value:.2f}"
    return text if bounds is None else f"{text} ({bounds.low:.2f} to {bounds.high:.2f})"


def _f1(scores: EventScores) -> float:
    return next((row.f1 or 0.0 for row in scores.at if row.iou == 0.5), 0.0)


def _scores_row(row: NamedScores) -> list[str]:
    scores = row.scores
    half = next(at for at in scores.at if at.iou == 0.5)
    rates = [number(alert.false_per_hour) for alert in scores.alerts[:3]]
    return [
        row.name,
        str(scores.num_truth),
        str(scores.num_events),
        share(half.precision),
        share(half.recall),
        share(half.f1),
        share(scores.mean_overlap),
        number(scores.delay.median),
        *rates,
    ]
