"""Writes a report of events: JSON for machines, Markdown for people, images, and mistakes."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from edgevid_train.evaluation.events.curve_picture import write_curve
from edgevid_train.evaluation.events.schema import EventsReport, Mistake
from edgevid_train.evaluation.events.tables import (
    MOST_ROWS,
    NONE,
    availability_table,
    curve_table,
    headline,
    mistakes_table,
    scores_table,
)
from edgevid_train.evaluation.events.timeline import MOST_PAGES, num_pages, write_timeline
from edgevid_train.evaluation.markdown import cell
from edgevid_train.evaluation.report_folder import read_json, report_folder


def write_events_report(report: EventsReport, folder: str | os.PathLike[str]) -> list[Path]:
    """Write ``report.json``, ``report.md``, ``mistakes.csv``, the timeline and the curve.

    Args:
        report: From ``evaluate_events``.
        folder: Where to; made if it is missing. Files of the same names are replaced.

    Returns:
        The files.

    Raises:
        ConfigError: If the folder cannot be written.
    """
    with report_folder(folder) as where:
        pictures = write_timeline(report, where)
        if write_curve(report, where / "curve.png"):
            pictures.append(where / "curve.png")
        data, text, rows = where / "report.json", where / "report.md", where / "mistakes.csv"
        data.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        rows.write_text(_csv(report.mistakes), encoding="utf-8")
        text.write_text(markdown(report, pictures), encoding="utf-8")
    return [data, text, rows, *pictures]


def read_events_report(path: str | os.PathLike[str]) -> EventsReport:
    """Read a ``report.json``.

    Raises:
        ConfigError: If it cannot be read or is no report of events.
    """
    return read_json(EventsReport, path, "a report of events")


def markdown(report: EventsReport, pictures: Sequence[Path] = ()) -> str:
    """The report as text with tables; ``pictures`` are in its folder."""
    drivers = len(report.per_driver)
    title = "Drivers" if drivers <= MOST_ROWS else f"The {MOST_ROWS} worst of {drivers} drivers"
    sections = [
        _introduction(report),
        headline(report),
        f"## Groups\n\n{scores_table(report.per_group, 'Group')}",
        f"## Labels\n\n{scores_table(report.per_label, 'Label')}",
        f"## {title}\n\n{scores_table(report.per_driver, 'Driver')}",
        f"## Events without a match at IoU 0.5\n\n{mistakes_table(report, 'found')}",
        f"## True events without a match at IoU 0.5\n\n{mistakes_table(report, 'missed')}",
    ]
    if report.availability_seconds:
        sections.append(f"## Availability\n\n{availability_table(report)}")
    if report.curve:
        sections.append(f"## Other thresholds\n\n{curve_table(report)}")
    if pages := max(0, num_pages(report) - MOST_PAGES):
        sections.append(f"{pages} more pages of the timeline are not drawn.")
    sections += [f"![{picture.stem}]({picture.name})" for picture in pictures]
    return "\n\n".join(sections) + "\n"


def summary(report: EventsReport) -> str:
    """The numbers that count, on a few lines."""
    scores = report.overall
    half = next(row for row in scores.at if row.iou == 0.5)
    serious = next(row for row in scores.alerts if row.level == 2)

    def shown(value: float | None, name: str) -> str:
        bounds = report.intervals.get(name)
        text = NONE if value is None else f"{value:.2f}"
        return text if bounds is None else f"{text} [{bounds.low:.2f}, {bounds.high:.2f}]"

    return (
        f"{report.num_drives} drives, {report.hours:.2f} h: {scores.num_truth} true events, "
        f"{scores.num_events} found\n"
        f"at IoU 0.5: precision {shown(half.precision, 'precision@0.5')}, "
        f"recall {shown(half.recall, 'recall@0.5')}, F1 {shown(half.f1, 'f1@0.5')}; "
        f"mOS {shown(scores.mean_overlap, 'mean_overlap')}\n"
        f"time to detection: median {shown(scores.delay.median, 'delay_median')} s, "
        f"p95 {shown(scores.delay.p95, 'delay_p95')} s\n"
        f"false alerts an hour at level 2 or higher: "
        f"{shown(serious.false_per_hour, 'false_per_hour@2')}, "
        f"of any level: {shown(scores.alerts[0].false_per_hour, 'false_per_hour@0')}"
    )


def _introduction(report: EventsReport) -> str:
    model = report.model
    ran = ", ".join(str(model.runs_on[k]) for k in ("backend", "provider") if k in model.runs_on)
    left_out = (
        f" {report.num_unlabelled} events in unlabelled time are left out."
        if report.num_unlabelled
        else ""
    )
    weights = f", weights `{model.sha256[:16]}…`" if model.sha256 else ""
    policy = report.policy.get("name")
    under = f", policy {cell(str(policy))}" if policy else ""
    warnings = "".join(f"\n\n**Warning:** {cell(line)}" for line in report.warnings)
    return (
        f"# Events of {cell(model.name)} {cell(model.version)}\n\n"
        f"{report.num_drives} drives of {report.num_drivers} drivers, {report.hours:.2f} h, "
        f"{100 * report.background_share:.0f} % of it {cell(report.background)}{under}{weights}"
        f"{f'; {cell(ran)}' if ran else ''}.{left_out} 95 % intervals: a bootstrap over "
        f"{report.interval_over}. Definitions: docs/evaluation.md.{warnings}"
    )


def _csv(mistakes: Sequence[Mistake]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Mistake.model_fields), lineterminator="\n")
    writer.writeheader()
    for row in mistakes:
        values = row.model_dump()
        writer.writerow({key: _safe(value) for key, value in values.items()})
    return text.getvalue()


def _safe(value: object) -> object:
    # A spreadsheet would run a name that begins like a formula.
    is_formula = isinstance(value, str) and value[:1] in ("=", "+", "-", "@")
    return f"'{value}" if is_formula else value
