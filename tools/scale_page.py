"""docs/scale.md: batches on a cluster, with the costs that `edgevid bench batch` measured."""

from __future__ import annotations

import json
from pathlib import Path

HOURS_A_DAY = 8000
"""1000 cameras, eight hours each."""


def scale_page(folder: Path, note: str) -> str:
    """The page.

    Args:
        folder: Holds ``batch.json`` of ``bench batch``, if it was run.
        note: Says that the page is generated.
    """
    text = Path(__file__).with_name("scale_page.md").read_text(encoding="utf-8")
    return text.replace("{note}", note).replace("{measured}", _measured(folder / "batch.json"))


def _measured(path: Path) -> str:
    if not path.exists():
        return (
            "Decoding and inference depend on your files and machines: `edgevid bench batch` "
            "measures both (not measured for this page yet)."
        )
    report = json.loads(path.read_text(encoding="utf-8"))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in report["shares"].items())
    text = (
        f"`edgevid bench batch`: {report['machine']}, {report['cores']} cores; {report['model']} "
        f"on {report['video_hours']:.2f} hours of {report['num_drives']} drives, "
        f"{report['rounds']} rounds, medians. The last column is how many such cores "
        f"{HOURS_A_DAY} hours a day keep busy: hours x core seconds / 86 400.\n\n"
        "| | core seconds for an hour of video | cores |\n|---|---|---|\n"
    )
    for row in report["rows"]:
        cost = row["core_seconds_per_video_hour"]
        text += f"| {row['name']} | {cost:.0f} | {HOURS_A_DAY * cost / 86400:.1f} |\n"
    return f"{text}\nOf the processor time of the whole batch: {shares}."
