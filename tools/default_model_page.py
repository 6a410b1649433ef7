"""docs/default_model.md from the reports that ``make default-model`` leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SPEEDS = ("speed_0.7", "speed_1.4")


def default_model_page(folder: Path, note: str) -> str:
    """The page.

    Args:
        folder: Holds intro.md, driver.json and, where they were made, single_frame.json and
            transfer.json.
        note: Says that the page is generated.
    """
    driver = _read(folder / "driver.json")
    plain = _read(folder / "single_frame.json")
    text = f"# The default model\n\n{note}{_text(folder / 'intro.md')}\n"
    if driver:
        text += f"\n## On unseen rendered clips\n\n{_headline(driver, plain)}"
        text += f"\n{_robustness(driver)}\n{_classes(driver)}"
    shown = {
        "confusion": "Which label is taken for which",
        "reliability": "How often it is right when it says how sure it is",
        "early": "How soon it knows",
        "curves_see": "The first stage of its training",
        "curves": "The second stage",
    }
    pictures = [name for name in shown if (folder / f"{name}.png").exists()]
    text += "".join(f"\n![{shown[name]}](default_model/{name}.png)\n" for name in pictures)
    if transfer := _read(folder / "transfer.json"):
        text += f"\n## On real pictures\n\n{_transfer(transfer)}{_text(folder / 'transfer.md')}\n"
    return text


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _headline(driver: Any, plain: Any) -> str:
    drops = {r["condition"]: r["drop"] for r in driver["robustness"]}
    rows = [
        ("top-1 of clips", driver["top1"]["value"], "≥ 0.85", plain and plain["top1"]["value"]),
        ("macro F1", driver["macro_f1"], "≥ 0.83", plain and plain["macro_f1"]),
        ("calibration error (ECE)", driver["ece_before"], "≤ 0.05", plain and plain["ece_before"]),
        *((f"points lost at {name[6:]}x speed", drops[name], "≤ 0.03", None) for name in _SPEEDS),
        ("chance", driver["chance"], "", None),
        ("always the most frequent label", driver["majority"], "", None),
    ]
    text = (
        f"{driver['num_clips']} stretches of {driver['num_drivers']} rendered drivers that no "
        f"training and no choice has seen; ONNX Runtime on the CPU, as a stream; 95 % interval of "
        f"top-1: {driver['top1']['low']:.3f} to {driver['top1']['high']:.3f}.\n\n"
        "| | default model | wanted | same network without shift |\n|---|---|---|---|\n"
    )
    for name, value, wanted, other in rows:
        beside = "" if other is None else f"{other:.3f}"
        text += f"| {name} | {value:.3f} | {wanted} | {beside} |\n"
    return text


def _robustness(driver: Any) -> str:
    text = "| condition | what changes | top-1 | change in points |\n|---|---|---|---|\n"
    for row in driver["robustness"]:
        head = f"| {row['condition']} | {row['group']} "
        text += f"{head}| {row['top1']['value']:.3f} | {-100 * row['drop'] + 0.0:+.1f} |\n"
    return text


def _classes(driver: Any) -> str:
    text = "| label | precision | recall | F1 | clips |\n|---|---|---|---|---|\n"
    for row in driver["per_class"]:
        numbers = " | ".join(f"{row[key]:.2f}" for key in ("precision", "recall", "f1"))
        text += f"| {row['label']} | {numbers} | {row['support']} |\n"
    return text


def _transfer(rows: Any) -> str:
    text = "| file | shows | the model says |\n|---|---|---|\n"
    for row in rows:
        said = ", ".join(f"{top['label']} {top['probability']:.2f}" for top in row["top"])
        kind = " (a still)" if row["still"] else ""
        text += f"| {row['file']}{kind} | {row['label'] or 'no driver'} | {said} |\n"
    return text + "\n"
