"""docs/events_benchmark.md from the report of ``edgevid evaluate --events`` in its folder.

``python tools/events_page.py REPORT`` puts the numbers and pictures of a report's folder there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from edgevid_train.evaluation.events.schema import EventsReport
from edgevid_train.evaluation.events.tables import (
    availability_table,
    curve_table,
    headline,
    mistakes_table,
    number,
    scores_table,
    table,
)
from edgevid_train.evaluation.events.writing import read_events_report

_PICTURES = {
    "timeline": "Twelve of the drives: truth above, events below",
    "curve": "What other thresholds would give",
}


def events_page(folder: Path, note: str) -> str:
    """The page.

    Args:
        folder: Holds report.json, and where they were made intro.md, timeline.png and curve.png.
        note: Says that the page is generated.
    """
    report = read_events_report(folder / "report.json")
    intro = folder / "intro.md"
    text = f"# How good events are\n\n{note}"
    text += f"{intro.read_text(encoding='utf-8').strip()}\n\n" if intro.exists() else ""
    text += (
        f"{report.num_drives} rendered drives of {report.num_drivers} drivers that no training and "
        f"no choice has seen, {report.hours:.1f} h, {100 * report.background_share:.0f} % of it "
        f"{report.background}; model {report.model.name} {report.model.version}, profile "
        f"{report.policy.get('name')}. [What the numbers mean](evaluation.md).\n\n{_wanted(report)}"
        f"\n\n## All numbers\n\nWith 95 % intervals, drawn over {report.interval_over}.\n\n"
        f"{headline(report)}\n\n## Groups\n\n{scores_table(report.per_group, 'Group')}\n\n"
        f"## Labels\n\n{scores_table(report.per_label, 'Label')}\n\n"
        f"## Where false and badly placed events come from\n\n{mistakes_table(report, 'found')}\n\n"
        f"## Why true events were missed\n\n{mistakes_table(report, 'missed')}\n"
    )
    if report.availability_seconds:
        text += f"\n## Availability\n\n{availability_table(report)}\n"
    if report.curve:
        text += f"\n## False alerts against recall\n\n{curve_table(report)}\n"
    for name, what in _PICTURES.items():
        if (folder / f"{name}.png").exists():
            text += f"\n![{what}]({folder.name}/{name}.png)\n"
    return text


def store(report: Path, folder: Path) -> None:
    """Keep what the page needs of a report: not each single event, for that is long."""
    known = read_events_report(report / "report.json")
    slim = known.model_copy(update={"mistakes": (), "drives": (), "per_driver": ()})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(slim.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for name in _PICTURES:
        if (report / f"{name}.png").exists():
            shutil.copyfile(report / f"{name}.png", folder / f"{name}.png")


def _wanted(report: EventsReport) -> str:
    scores, bounds = report.overall, report.intervals
    half = next(row for row in scores.at if row.iou == 0.5)
    serious = next(row for row in scores.alerts if row.level == 2)
    rows = [
        ("F1 at IoU 0.5", "≥ 0.80", number(half.f1, bounds.get("f1@0.5"))),
        (
            "false alerts an hour at level 2 or higher",
            "≤ 0.5",
            number(serious.false_per_hour, bounds.get("false_per_hour@2")),
        ),
        (
            "median time to detection after the onset of the hold, s",
            "≤ 1.5",
            number(scores.delay.median, bounds.get("delay_median")),
        ),
    ]
    return table(("", "wanted", "reached"), rows)


if __name__ == "__main__":
    store(Path(sys.argv[1]), Path(__file__).parent.parent / "docs" / "events_benchmark")
