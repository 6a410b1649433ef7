"""Parts of docs/zoo.md that were measured: export of all networks at full size, and their speed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from edgevid_bench.models_report import CLIP_FRAMES, ModelRow, ModelsReport

_EXPORT = """
## Exported at full size

`make zoo` exports every network at its published size through the parity gate, for {classes}
classes and with random weights, and runs the bundle on {video}. Parity is the largest
difference between the network over clips in PyTorch and any runtime, in parts of the spread of the
scores; one part in ten thousand is allowed. Memory is the peak of the process that exports.

{machine}, {cores} cores.

| name | parity | bundle | export | memory | predictions |
|---|---|---|---|---|---|
"""

_SPEED = """
## Speed

`edgevid bench models` runs every network with random weights in turns with its baseline, TSN of the
same backbone or the network without a memory, so that a machine that drifts hits both alike. Ratios
are medians over {rounds} rounds; 1 is the baseline's time, less is faster. A clip of a network that
was not made for clips is {frames} frames. A new frame is what a live stream pays: one step of a
stream, or a clip at every stride. Milliseconds also tell what else the machine had to do: look at
the ratios.

{machine}, {cores} cores; {backend} {version}, {threads} thread(s), {classes} classes, batch 1.

| name | to | ms per clip | ms per new frame | time per frame | time per clip | MACs per clip |
|---|---|---|---|---|---|---|
"""

_REASONS = """
Where time and multiply-accumulates disagree:

- Times above the work: shifts, differences of features, excitations, pools over time and
  concatenations read and write whole feature maps and are counted as no work at all. Depthwise and
  thin layers read much for each multiply-accumulate.
- Clips put all their frames through a layer at once. The feature maps of eight frames probably do
  not stay in a processor's caches where those of one frame do, so that a clip can take longer than
  its frames one by one.
- Ratios per clip compare clips of different lengths and sizes, as they were published; ratios per
  frame do not tell how many frames a network needs.
"""

_PUBLISHED = """
### Beside published speeds

Ours are of one clip on the processor above; published ones are of the hardware that is named. Our
time is what the ratios to the baseline say with which both were measured in turns. Two networks of
different backbones have none in common: milliseconds taken at different times would rather compare
what else the machine had to do.

| network | to | published | where | ours, time | ours, MACs | why they differ |
|---|---|---|---|---|---|---|
"""


def export_section(path: Path) -> str:
    """The table of ``tools/export_zoo.py``; nothing before it was run."""
    if not path.exists():
        return ""
    table = json.loads(path.read_text(encoding="utf-8"))
    text = _EXPORT.format(
        classes=table["num_classes"], video=table["video"], machine=table["machine"],
        cores=table["cores"],
    )  # fmt: skip
    for name, row in table["rows"].items():
        if "failed" in row:
            text += f"| `{name}` | {row['failed']} | | | | |\n"
            continue
        run = row["run"]
        text += (
            f"| `{name}` | {row['parity']:.1e} | {row['bundle_bytes'] / 1e6:.1f} MB "
            f"| {row['export_seconds']:.0f} s | {row['export_peak_bytes'] / 1e9:.1f} GB "
            f"| {run['predictions']} in {run['video_seconds']:.1f} s of video |\n"
        )
    return text


def speed_section(folder: Path) -> str:
    """What ``edgevid bench models`` measured, beside what was published.

    Args:
        folder: Holds published_speed.yaml, and speed.json once it was measured.
    """
    rows: dict[str, ModelRow] = {}
    text = "\n## Speed\n\nNot measured yet; `make zoo` does it.\n"
    if (folder / "speed.json").exists():
        report = ModelsReport.read(folder / "speed.json")
        rows = {row.name: row for row in report.rows}
        text = _measured(report)
    text += _PUBLISHED
    for pair in yaml.safe_load((folder / "published_speed.yaml").read_text(encoding="utf-8")):
        text += _pair(pair, rows.get(pair["of"]), rows.get(pair["to"]))
    return text + "\n(?) could not be looked up in a primary source.\n"


def _measured(report: ModelsReport) -> str:
    text = _SPEED.format(
        rounds=report.rounds, frames=CLIP_FRAMES, machine=report.machine, cores=report.cores,
        backend=report.backend, version=report.versions.get(report.backend, ""),
        threads=report.threads, classes=report.num_classes,
    )  # fmt: skip
    order = sorted(report.rows, key=lambda r: (r.baseline or "", r.ratio_per_clip or 0, r.name))
    for row in order:
        ratios = (row.ratio_per_frame, row.ratio_per_clip, row.macs_ratio_per_clip)
        text += (
            f"| `{row.name}` | `{row.baseline}` | {row.ms_per_clip:.0f} "
            f"| {row.ms_per_new_frame:.1f} | {' | '.join(map(_number, ratios))} |\n"
        )
    for name, reason in report.absent.items():
        text += f"| `{name}` | not measured: {reason} | | | | | |\n"
    return text + _REASONS


def _pair(pair: Any, one: ModelRow | None, other: ModelRow | None) -> str:
    time, work = "", None
    if one and other:
        time = _time(one, other)
        if one.giga_macs_per_clip and other.giga_macs_per_clip:
            work = one.giga_macs_per_clip / other.giga_macs_per_clip
    unit = "MACs" if pair["unit"] == "macs" else "time"
    sure = "" if pair["sure"] else " (?)"
    return (
        f"| `{pair['of']}` | `{pair['to']}` | {unit} {pair['ratio']:.3g}{sure} "
        f"| {pair['where']}; {pair['source']} | {time} | {_number(work)} "
        f"| {pair['why']} |\n"
    )


def _time(one: ModelRow, other: ModelRow) -> str:
    """Ratio of two networks, each of which was measured in turns with its baseline."""
    same = one.baseline is not None and one.baseline == other.baseline
    if not (same and one.ratio_per_clip and other.ratio_per_clip):
        return "not measured in turns"
    return _number(one.ratio_per_clip / other.ratio_per_clip)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
