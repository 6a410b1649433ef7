"""Stills with a list: State Farm's ``driver_imgs_list.csv`` and the lists of AUC's dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from edgevid_train.data.adapters.reading import read_rows, report_left_out
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import within
from edgevid_train.data.table import Segment

STATE_FARM_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "c0": "safe_driving",
        "c1": "texting_right",
        "c2": "phone_right",
        "c3": "texting_left",
        "c4": "phone_left",
        "c5": "operating_radio",
        "c6": "drinking",
        "c7": "reaching_behind",
        "c8": "hair_makeup",
        "c9": "talking_to_passenger",
    }
)
"""Both datasets number the same ten classes alike."""

_STATE_FARM = "driver_imgs_list.csv"
_AUC = {"Train_data_list.csv": "train", "Test_data_list.csv": "test"}
_FOLDERS = ("", "imgs/train", "train")


def image_list(
    root: Path,
    lists: Mapping[str, str] | None = None,
    label_map: Mapping[str, str] | None = None,
) -> list[Segment]:
    """Read stills that CSV lists name.

    A list has the columns ``subject,classname,img``, as State Farm's, with images in
    ``<classname>/<img>`` below ``root``, ``root/imgs/train`` or ``root/train``; or ``Image,Label``,
    as AUC's, whose paths begin anywhere above ``root`` and whose labels are numbers. AUC does not
    say who is seen: there each file counts as a driver of its own, and the lists' splits stay.

    Args:
        root: Holds the images.
        lists: List, relative to ``root``, to its split, or to "" to have one assigned; without it
            ``driver_imgs_list.csv``, or ``Train_data_list.csv`` and ``Test_data_list.csv``.
        label_map: Class in the list to our label; without it ``STATE_FARM_LABELS``. Others are left
            out, which is logged.

    Raises:
        DataError: If there is no list, it is not valid, or an image is missing.
    """
    labels = STATE_FARM_LABELS if label_map is None else label_map
    segments: list[Segment] = []
    for name, split in (_found(root) if lists is None else lists).items():
        path = within(root, name, "option lists")
        left_out: Counter[str] = Counter()
        before = len(segments)
        for place, row in read_rows(path, ()):
            subject, label, candidates = _entry(place, root, row)
            if label not in labels:
                left_out[label] += 1
                continue
            file = next((candidate for candidate in candidates if candidate.is_file()), None)
            if file is None:
                raise DataError(f"{place}: there is no image {candidates[0]}")
            segments.append(Segment(file, 0.0, None, labels[label], subject, split, "still"))
        report_left_out(path, left_out, len(segments) - before + left_out.total())
    return segments


def _found(root: Path) -> Mapping[str, str]:
    if (root / _STATE_FARM).is_file():
        return {_STATE_FARM: ""}
    found = {name: split for name, split in _AUC.items() if (root / name).is_file()}
    if not found:
        raise DataError(
            f"{root}: holds no list; looked for {_STATE_FARM}, {' and '.join(_AUC)}; name yours "
            f"with lists"
        )
    return found


def _entry(place: str, root: Path, row: Mapping[str, str]) -> tuple[str, str, list[Path]]:
    """The subject, the class, and where the image may be."""
    if {"subject", "classname", "img"} <= row.keys():
        name = f"{row['classname']}/{row['img']}"
        places = [within(root, f"{folder}/{name}".lstrip("/"), place) for folder in _FOLDERS]
        return row["subject"], row["classname"], places
    if {"Image", "Label"} <= row.keys():
        label = f"c{row['Label'].removeprefix('c')}"
        # The paths begin at folders of those who made the list: "/distracted.driver/c0/1.jpg".
        parts = PurePosixPath(row["Image"].replace("\\", "/")).parts
        parts = tuple(part for part in parts if part not in ("/", "..", "."))
        tails = ["/".join(parts[start:]) for start in range(max(1, len(parts) - 1))]
        return row.get("subject", ""), label, [within(root, tail, place) for tail in tails]
    raise DataError(
        f"{place}: the columns are {', '.join(row)}; accepted are subject,classname,img or "
        f"Image,Label"
    )
