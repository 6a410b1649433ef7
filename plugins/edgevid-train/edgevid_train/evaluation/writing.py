"""Writes a report as JSON for machines, Markdown for people, and images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from edgevid_train.evaluation.markdown import cell, table
from edgevid_train.evaluation.pictures import write_pictures
from edgevid_train.evaluation.report_folder import read_json, report_folder
from edgevid_train.evaluation.schema import Estimate, EvaluationReport

_MOST_DRIVERS = 30
"""In the text; report.json has them all."""


def write_report(report: EvaluationReport, folder: str | os.PathLike[str]) -> list[Path]:
    """Write ``report.json``, ``report.md`` and the images; files of the same names are replaced.

    Args:
        report: From ``evaluate``.
        folder: Where to; made if it is missing.

    Returns:
        The files.

    Raises:
        ConfigError: If the folder cannot be written.
    """
    with report_folder(folder) as where:
        pictures = write_pictures(report, where)
        data, text = where / "report.json", where / "report.md"
        data.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        text.write_text(markdown(report, pictures), encoding="utf-8")
    return [data, text, *pictures]


def read_report(path: str | os.PathLike[str]) -> EvaluationReport:
    """Read a ``report.json``.

    Raises:
        ConfigError: If it cannot be read or is no report.
    """
    return read_json(EvaluationReport, path, "a report of an evaluation")


def markdown(report: EvaluationReport, pictures: Sequence[Path] = ()) -> str:
    """The report as text with tables; ``pictures`` are in its folder."""
    sections = [
        _summary(report),
        _section("Classes", *_classes(report)),
        _section(_drivers_title(report), *_drivers(report)),
        _section("Robustness", *_robustness(report)) if report.robustness else "",
        _section("Early recognition", *_early(report)) if report.early else "",
        _section("Confusion", *_confusion(report)),
        "".join(f"![{path.stem}]({path.name})\n\n" for path in pictures).rstrip("\n"),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(report: EvaluationReport) -> str:
    number = report.num_short_clips
    ends = "clip ends" if number == 1 else "clips end"
    short = f" {number} {ends} before the warm-up does: there the last third counts."
    short = short if number else ""
    rows = [
        ("Top-1", _interval(report.top1)),
        ("Macro F1", f"{report.macro_f1:.3f}"),
        (
            "Chance / most frequent label",
            f"{_percent(report.chance)} / {_percent(report.majority)}",
        ),
        ("Calibration error, temperature of the card", f"{report.ece_before:.3f}"),
        ("Calibration error, cross-fitted temperature", f"{report.ece_after:.3f}"),
        (
            "Temperature of the card → fitted",
            f"{report.card_temperature:g} → {report.temperature:.2f}",
        ),
    ]
    ran = ", ".join(str(report.runs_on[key]) for key in ("backend", "provider"))
    return (
        f"# Evaluation of {cell(report.model)} {cell(report.model_version)}\n\n"
        f"{report.num_clips} clips of {report.num_drivers} drivers, each a stream of "
        f"{report.input_rate_hz:g} Hz; {ran}; bundle sha256 `{report.sha256[:16]}…`. A clip's "
        f"score is the mean probability over its frames after the warm-up.{short} The 95 % "
        f"interval is a bootstrap over {report.interval_over}; calibration is that of "
        f"{report.num_frames} single frames in 15 bins.\n\n" + table(("Measure", "Value"), rows)
    )


def _classes(report: EvaluationReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    return ("Class", "Precision", "Recall", "F1", "Clips"), [
        (r.label, f"{r.precision:.2f}", f"{r.recall:.2f}", f"{r.f1:.2f}", str(r.support))
        for r in report.per_class
    ]


def _drivers_title(report: EvaluationReport) -> str:
    number = len(report.per_driver)
    return (
        "Drivers" if number <= _MOST_DRIVERS else f"The {_MOST_DRIVERS} worst of {number} drivers"
    )


def _drivers(report: EvaluationReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    rows = report.per_driver
    if len(rows) > _MOST_DRIVERS:
        # Of two drivers who fare alike, the one with more clips says more.
        rows = tuple(sorted(rows, key=lambda r: (r.top1, -r.clips))[:_MOST_DRIVERS])
    return ("Driver", "Top-1", "Clips"), [(r.driver, _percent(r.top1), str(r.clips)) for r in rows]


def _robustness(report: EvaluationReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    return ("Condition", "What changes", "Top-1", "Macro F1", "Change"), [
        (
            r.condition,
            r.group,
            _interval(r.top1),
            f"{r.macro_f1:.3f}",
            f"{-100 * r.drop + 0.0:+.1f}",
        )
        for r in report.robustness
    ]


def _early(report: EvaluationReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    return ("Part of the behaviour observed", "Top-1", "Clips"), [
        (f"{100 * r.part:.0f} %", _percent(r.top1), str(r.clips)) for r in report.early
    ]


def _confusion(report: EvaluationReport) -> tuple[Sequence[str], list[Sequence[str]]]:
    return ("True ↓ predicted →", *report.class_names), [
        (name, *map(str, row))
        for name, row in zip(report.class_names, report.confusion, strict=True)
    ]


def _section(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"## {title}\n\n{table(head, rows)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(value: Estimate) -> str:
    return f"{_percent(value.value)} ({100 * value.low:.1f} to {100 * value.high:.1f})"
