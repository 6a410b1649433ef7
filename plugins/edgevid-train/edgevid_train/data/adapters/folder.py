"""One folder per class, with clips, stills or both in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgevid.media import STILL_SUFFIXES, VIDEO_SUFFIXES
from edgevid_train.data.adapters.reading import driver_of, one_group
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import kind_of
from edgevid_train.data.table import Segment

_SUFFIXES = STILL_SUFFIXES | VIDEO_SUFFIXES


def folder(
    root: Path,
    driver_pattern: str | None = None,
    label_map: Mapping[str, str] | None = None,
) -> list[Segment]:
    """Read ``root/<class>/**/<clip or still>``; each file is one segment.

    Args:
        root: Holds the folders of the classes; hidden ones are left out.
        driver_pattern: Regular expression with one group, searched in each file's name: the
            group is the driver. Without it the driver is the file's name without its ending.
        label_map: Folder name to label; without it the label is the folder's name. Folders that
            it does not name are left out.

    Raises:
        DataError: If the pattern is not valid or finds nothing, or there is no file.
    """
    pattern = one_group(driver_pattern, "driver_pattern")
    segments = []
    for label_folder in sorted(path for path in root.iterdir() if path.is_dir()):
        name = label_folder.name
        if name.startswith(".") or (label_map is not None and name not in label_map):
            continue
        for file in sorted(label_folder.rglob("*")):
            is_hidden = file.name.startswith(".")
            if is_hidden or file.suffix.lower() not in _SUFFIXES or not file.is_file():
                continue
            segments.append(
                Segment(
                    file=file,
                    start_seconds=0.0,
                    end_seconds=None,
                    label=label_map[name] if label_map is not None else name,
                    driver=driver_of(file.name, pattern, file.stem),
                    split="",
                    kind=kind_of(file),
                )
            )
    if not segments:
        raise DataError(
            f"{root}: holds no class folder with {', '.join(sorted(_SUFFIXES))} files; accepted "
            f"is one folder per class"
        )
    return segments
