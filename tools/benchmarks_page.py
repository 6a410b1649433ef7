"""docs/benchmarks.md from the reports that ``make bench`` leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def benchmarks_page(folder: Path, note: str) -> str:
    """The page.

    Args:
        folder: Holds intro.md, reports of ``bench backends`` in ``backends*.json``, of
            ``bench batch`` in ``batch*.json`` and of ``bench run`` in the other files.
        note: Says that the page is generated.
    """
    text = f"# Benchmarks\n\n{note}{(folder / 'intro.md').read_text(encoding='utf-8').strip()}\n"
    for path in sorted(folder.glob("*.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        kind = path.stem.partition("_")[0]
        text += {"backends": _backends, "batch": _batch}.get(kind, _run)(report)
    return text


def _backends(report: Any) -> str:
    height, width = report["input_size"]
    text = (
        f"\n## Inference alone, {width} x {height} pixels\n\n{report['machine']}, "
        f"{report['cores']} cores; {report['rounds']} alternating rounds, medians; per frame of "
        f"one stream; the ratio is to the first row.\n\n"
        "| bundle | precision | backend | threads | batch | ms per frame | ratio |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    for row in report["rows"]:
        text += (
            f"| {row['bundle']} | {row['precision']} | {row['backend']} {row['provider']} "
            f"| {row['threads']} | {row['batch']} | {row['time']['ms_per_frame']:.2f} "
            f"| {row['ratio']:.2f} |\n"
        )
    absent = "; ".join(f"{what}: {reason}" for what, reason in report["absent"].items())
    return text + (f"\nMissing here: {absent}.\n" if absent else "")


def _batch(report: Any) -> str:
    runs_on = report["runs_on"]
    text = (
        f"\n## A batch of recorded drives, {report['model']}\n\n{report['machine']}, "
        f"{report['cores']} cores; {runs_on['backend']} {runs_on['provider']}, batches of "
        f"{report['batch_size']}, {report['workers']} decoding processes; {report['drives']}; "
        f"{report['rounds']} alternating rounds, medians.\n\n"
        "| what | seconds | fastest to slowest round | hours of video in an hour "
        "| core-seconds per hour of video |\n|---|---|---|---|---|\n"
    )
    for row in report["rows"]:
        text += (
            f"| {row['name']} | {row['seconds']:.1f} | {row['seconds_low']:.1f} to "
            f"{row['seconds_high']:.1f} | {row['video_hours_per_hour']:.0f} "
            f"| {row['core_seconds_per_video_hour']:.0f} |\n"
        )
    text += "\n"
    for ratio in report["ratios"]:
        text += f"- `edgevid batch`: {ratio['ratio']:.2f} {ratio['name']}{_aim(ratio)}\n"
    shares = ", ".join(f"{name} {100 * part:.0f} %" for name, part in report["shares"].items())
    return text + (
        f"- where its processor time goes: {shares}; limited by {report['limited_by']}\n"
        f"- batched inference alone: {report['inference_frames_per_second']:.0f} frames/s\n"
    )


def _aim(ratio: Any) -> str:
    if ratio["target"] is None:
        return ""
    verdict = "reached" if ratio["ratio"] >= ratio["target"] else "missed"
    return f"; the target {ratio['target']:g} is {verdict}"


def _run(report: Any) -> str:
    runs_on = report["runs_on"]
    text = (
        f"\n## {report['model']}, {runs_on['backend']} {runs_on.get('version', '')}, "
        f"{runs_on.get('threads', '?')} thread(s)\n\n"
        f"{report['machine']}, {report['cores']} cores; {report['source']}; "
        f"{report['rounds']} alternating rounds, medians.\n\n"
        "| what | ms per frame | fastest to slowest round | frames/s |\n|---|---|---|---|\n"
    )
    for row in report["rows"]:
        text += (
            f"| {row['name']} | {row['ms_per_frame']:.2f} | {row['ms_low']:.2f} to "
            f"{row['ms_high']:.2f} | {row['frames_per_second']:.0f} |\n"
        )
    text += "\n"
    for name, ratio in report["ratios"].items():
        text += f"- {name}: {ratio:.2f} of its slowest stage alone\n"
    if live := report["live"]:
        text += (
            f"- live at {live['source_rate_hz']:.1f} frames/s for {live['seconds']:.0f} s: "
            f"grab to prediction p50 {live['p50_ms']:.1f} ms, p95 {live['p95_ms']:.1f} ms, "
            f"{live['frames_dropped']} dropped, "
            f"{live['cpu_ms_per_frame']:.1f} CPU ms per frame\n"
        )
    return text
