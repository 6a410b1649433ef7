"""docs/scale.md: batches on a cluster, with the costs that `edgevid bench batch` measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    found = list(_costs(json.loads(path.read_text("utf-8")), ())) if path.exists() else []
    if not found:
        return (
            "Decoding and inference depend on your files and machines: `edgevid bench batch` "
            "measures both (not measured yet on this page's machine)."
        )
    text = (
        "Core seconds for each hour of video, from `edgevid bench batch`; cores are those that "
        f"{HOURS_A_DAY} hours a day keep busy: hours x core seconds / 86400.\n\n"
        "| run | survey | decode | inference | cores |\n|---|---|---|---|---|\n"
    )
    for name, costs in found:
        cores = HOURS_A_DAY * sum(costs) / 86400
        text += f"| {name} | {' | '.join(f'{c:.1f}' for c in costs)} | {cores:.1f} |\n"
    return text.rstrip()


def _costs(report: Any, where: tuple[str, ...]) -> Iterator[tuple[str, list[float]]]:
    """Core seconds for each hour of video, of every run in a report."""
    if isinstance(report, list):
        for number, inner in enumerate(report):
            name = inner.get("name", number) if isinstance(inner, dict) else number
            yield from _costs(inner, (*where, str(name)))
    elif isinstance(report, dict):
        spent = [report.get(f"{s}_core_seconds") for s in ("survey", "decode", "inference")]
        if report.get("video_hours") and None not in spent:
            yield " ".join(where), [s / report["video_hours"] for s in spent]
        for key, inner in report.items():
            yield from _costs(inner, where if key in ("rows", "spent") else (*where, key))
