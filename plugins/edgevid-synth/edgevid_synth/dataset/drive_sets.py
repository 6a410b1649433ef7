"""Sets of drives for tuning and testing, with one ground-truth table.

out/drive-3000000000.mp4 …     with ground truth and phases, as of a single drive
out/about.json                 the render settings
out/truth.csv                  the data table of all complete drives in the folder
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from edgevid import ConfigError
from edgevid_synth.dataset.csv_files import LabelledSegment, write_data_table
from edgevid_synth.dataset.drives import write_drive
from edgevid_synth.dataset.parallel import in_parallel
from edgevid_synth.description import RENDERER_VERSION, SceneDescription

FIRST_SEED = {"tune": 3_000_000_000, "test": 4_000_000_000}
"""First seed of each split; no range overlaps another or those of clips, so no drivers do."""
_TABLE_SPLITS = {"tune": "val", "test": "test"}
_NAME = re.compile(r"drive-(\d+)\.truth\.csv")


@dataclass(frozen=True)
class DriveSettings:
    """Render settings of drives."""

    duration_seconds: float = 120.0
    rate_hz: float = 10.0
    size: int = 160
    supersampling: float = 1.0
    crf: int = 20


def write_drives(
    folder: Path,
    split: str,
    numbers: range,
    settings: DriveSettings,
    *,
    workers: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Render drives in parallel; existing ones are kept.

    Args:
        folder: Output folder.
        split: ``tune`` or ``test``.
        numbers: Drive numbers; the same number gives the same drive.
        settings: Render settings.
        workers: Number of processes.
        progress: Called with (drives done, total).

    Raises:
        ConfigError: If the folder holds drives of other settings.
    """
    _check_about(folder, settings)
    render = partial(_write, folder, FIRST_SEED[split], settings)
    for done, _ in enumerate(in_parallel(render, numbers, workers=workers), start=1):
        progress(done, len(numbers))


def write_drive_table(folder: Path) -> int:
    """Write ``truth.csv`` of all complete drives; returns the number of drives.

    Drives of seeds that belong to neither set are of the split ``train``.
    """
    found = [
        (path, int(named[1]))
        for path in sorted(folder.iterdir())
        if (named := _NAME.fullmatch(path.name)) and _video(path).is_file()
    ]
    segments = [segment for path, seed in found for segment in _segments(path, seed)]
    write_data_table(folder / "truth.csv", segments)
    return len(found)


def _write(folder: Path, first_seed: int, settings: DriveSettings, number: int) -> None:
    description = SceneDescription(
        seed=first_seed + number,
        duration_seconds=settings.duration_seconds,
        size=settings.size,
        supersampling=settings.supersampling,
    )
    write_drive(folder, description, settings.rate_hz, crf=settings.crf)


def _check_about(folder: Path, settings: DriveSettings) -> None:
    about = {"renderer": RENDERER_VERSION, "settings": asdict(settings)}
    path = folder / "about.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else about
        if known != about:
            raise ConfigError(
                f"{folder}: holds drives of other settings, {known.get('settings')}; give another "
                f"folder"
            )
        path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    except (AttributeError, ValueError, OSError) as error:
        if isinstance(error, ConfigError):
            raise
        reason = getattr(error, "strerror", None) or "is not what an earlier run wrote"
        raise ConfigError(f"{path}: {reason}; give another folder") from error


def _video(truth: Path) -> Path:
    return truth.with_name(f"{truth.name.removesuffix('.truth.csv')}.mp4")


def _segments(truth: Path, seed: int) -> list[LabelledSegment]:
    owners = [name for name, first in FIRST_SEED.items() if first <= seed < first + 1_000_000_000]
    with truth.open(newline="", encoding="utf-8") as file:
        return [
            LabelledSegment(
                file=_video(truth),
                start_seconds=float(row["start_seconds"]),
                end_seconds=float(row["end_seconds"]),
                label=row["label"],
                driver=f"synthetic-{seed}",
                split=_TABLE_SPLITS[owners[0]] if owners else "train",
            )
            for row in csv.DictReader(file)
            if float(row["end_seconds"]) > float(row["start_seconds"])
        ]
