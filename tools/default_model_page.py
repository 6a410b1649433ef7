"""docs/default_model.md from the reports that ``make default-model`` leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SPEEDS = ("speed_0.7", "speed_1.4")
_BESIDE = {"watch": "after its second stage", "single_frame": "that stage without shift"}


def default_model_page(folder: Path, note: str) -> str:
    """The page.

    Args:
        folder: Holds intro.md, driver.json and, where they were made, watch.json,
            single_frame.json, own_drivers.json, pointing.json and transfer.json.
        note: Says that the page is generated.
    """
    driver = _read(folder / "driver.json")
    found = {title: _read(folder / f"{name}.json") for name, title in _BESIDE.items()}
    others = {title: report for title, report in found.items() if report}
    text = f"# The default model\n\n{note}{_text(folder / 'intro.md')}\n"
    if own := _read(folder / "own_drivers.json"):
        others[f"on {own['num_clips']} stretches it was trained with"] = own
    if driver:
        text += f"\n## On unseen rendered clips\n\n{_headline(driver, others)}"
        text += f"\n{_robustness(driver)}\n{_classes(driver)}"
    shown = {
        "confusion": "Which label is taken for which",
        "reliability": "How often it is right when it says how sure it is",
        "early": "How soon it knows",
        "curves_see": "The first stage of its training",
        "curves_watch": "The second",
        "curves_single_frame": "The second without shift",
        "curves": "The third",
        "curves_again": "The third trained on with the same clips, cut off at epoch 12 of 16",
    }
    pictures = [name for name in shown if (folder / f"{name}.png").exists()]
    text += "".join(f"\n![{shown[name]}](default_model/{name}.png)\n" for name in pictures)
    if pointing := _read(folder / "pointing.json"):
        text += f"\n## Where its saliency maps lie\n\n{_pointing(pointing)}"
        if (folder / "saliency.jpg").exists():
            text += "\n![What the explainers show](default_model/saliency.jpg)\n"
    if transfer := _read(folder / "transfer.json"):
        text += f"\n## On real pictures\n\n{_transfer(transfer)}{_text(folder / 'transfer.md')}\n"
    return text


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _headline(driver: Any, others: dict[str, Any]) -> str:
    reports = [driver, *others.values()]
    rows = [
        ("top-1 of clips", "≥ 0.85", [f"{r['top1']['value']:.3f}" for r in reports]),
        ("macro F1", "≥ 0.83", [f"{r['macro_f1']:.3f}" for r in reports]),
        ("calibration error (ECE)", "≤ 0.05", [f"{r['ece_before']:.3f}" for r in reports]),
        *(
            (f"points lost at {name[6:]}x speed", "≤ 3", [_lost(r, name) for r in reports])
            for name in _SPEEDS
        ),
        ("chance", "", [f"{r['chance']:.3f}" for r in reports]),
        ("always the most frequent label", "", [f"{r['majority']:.3f}" for r in reports]),
    ]
    text = (
        f"{driver['num_clips']} stretches of {driver['num_drivers']} rendered drivers that no "
        f"training and no choice has seen; ONNX Runtime on the CPU, as a stream; 95 % interval of "
        f"top-1: {driver['top1']['low']:.3f} to {driver['top1']['high']:.3f}.\n\n"
        f"| | wanted | {' | '.join(('default model', *others))} |\n"
        f"|---|---|{'---|' * len(reports)}\n"
    )
    for name, wanted, values in rows:
        text += f"| {name} | {wanted} | {' | '.join(values)} |\n"
    return text


def _lost(report: Any, condition: str) -> str:
    drops = {row["condition"]: 100 * row["drop"] for row in report["robustness"]}
    return f"{drops[condition] + 0.0:.1f}" if condition in drops else ""


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


def _pointing(report: Any) -> str:
    groups = list(report["area"])
    text = (
        f"`edgevid saliency driver --clips {report['clips']}`: the frame in which each of "
        f"{report['clips']} rendered behaviours is held, whose id buffer says where hands, phone, "
        f"head and other props are. Share of each map that lies on them:\n\n"
        f"| | {' | '.join(groups)} | all of them | highest point on them |\n"
        f"|---|{'---|' * (len(groups) + 2)}\n"
    )
    area = [f"{report['area'][group]:.1%}" for group in groups]
    text += f"| share of the picture | {' | '.join(area)} | {report['evidence_area']:.1%} | |\n"
    for row in report["rows"]:
        mass = [f"{row['mass'][group]:.1%}" for group in groups]
        text += f"| {row['explainer']} | {' | '.join(mass)} "
        text += f"| {row['evidence']:.1%} | {row['hits']:.0%} |\n"
    return text


def _transfer(rows: Any) -> str:
    text = "| file | shows | the model says |\n|---|---|---|\n"
    for row in rows:
        said = ", ".join(f"{top['label']} {top['probability']:.2f}" for top in row["top"])
        kind = " (a still)" if row["still"] else ""
        text += f"| {row['file']}{kind} | {row['label'] or 'no driver'} | {said} |\n"
    return text + "\n"
