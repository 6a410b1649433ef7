"""Drive&Act, https://driveandact.com: its mid-level activities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from edgevid_train.data.adapters.reading import frame_rate, number, read_rows, report_left_out
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import within
from edgevid_train.data.table import SPLITS, Segment

DRIVE_AND_ACT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "sitting_still": "safe_driving",
        "drinking": "drinking",
        "using_multimedia_display": "operating_radio",
    }
)
"""The activities that mean the same as ours, but for the phone, whose side is not annotated."""

_PHONE = {"talking_on_phone": "phone", "interacting_with_phone": "texting"}
_COLUMNS = (
    "participant_id",
    "file_id",
    "annotation_id",
    "frame_start",
    "frame_end",
    "activity",
    "chunk_id",
)


def drive_and_act(
    root: Path,
    annotations: Sequence[str] | str | None = None,
    videos: str = "",
    label_map: Mapping[str, str] | None = None,
    phone_side: Literal["left", "right"] | None = None,
    fps: float = 30.0,
) -> list[Segment]:
    """Read ``midlevel.chunks_90`` lists; each chunk of at most 3 s is one segment.

    Args:
        root: Holds lists and videos.
        annotations: The lists of one camera, relative to ``root``; without it the only
            ``midlevel.chunks_90.csv`` below it. Lists called ``*.train.csv``, ``*.val.csv`` and
            ``*.test.csv`` give their segments that split.
        videos: Folder of ``vp1/run1b_….mp4``, relative to ``root``.
        label_map: Activity to label; without it ``DRIVE_AND_ACT_LABELS``. Others are left out,
            which is logged.
        phone_side: Where all drivers hold the phone, as seen by them; without it, phone
            activities are left out unless ``label_map`` names them.
        fps: Frames per second of the frame numbers; an end is exclusive.

    Raises:
        DataError: If a list is not valid or a video is missing.
    """
    labels = dict(DRIVE_AND_ACT_LABELS if label_map is None else label_map)
    if phone_side not in ("left", "right", None):
        raise DataError(f"phone_side is {phone_side!r}; accepted are left, right")
    if phone_side:
        labels = {**{act: f"{name}_{phone_side}" for act, name in _PHONE.items()}, **labels}
    rate = frame_rate(fps, "drive_and_act")
    folder = within(root, videos, "option videos") if videos else root
    segments: list[Segment] = []
    for path in _lists(root, annotations):
        left_out: Counter[str] = Counter()
        before = len(segments)
        split = path.stem.rpartition(".")[2]
        for place, row in read_rows(path, _COLUMNS):
            if row["activity"] not in labels:
                left_out[row["activity"]] += 1
                continue
            file = within(folder, f"{row['file_id']}.mp4", f"{place}, column file_id")
            if not file.is_file():
                raise DataError(f"{place}, column file_id: there is no video {file}")
            segments.append(
                Segment(
                    file=file,
                    start_seconds=number(place, "frame_start", row["frame_start"]) / rate,
                    end_seconds=_end(place, row) / rate,
                    label=labels[row["activity"]],
                    driver=f"vp{row['participant_id']}",
                    split=split if split in SPLITS else "",
                )
            )
        report_left_out(path, left_out, len(segments) - before + left_out.total())
    return segments


def _end(place: str, row: Mapping[str, str]) -> float:
    start = number(place, "frame_start", row["frame_start"])
    end = number(place, "frame_end", row["frame_end"])
    if end <= start:
        raise DataError(f"{place}, column frame_end: {end:g}; accepted is more than {start:g}")
    return end


def _lists(root: Path, names: Sequence[str] | str | None) -> list[Path]:
    if names is not None:
        given = [names] if isinstance(names, str) else names
        return [within(root, name, "option annotations") for name in given]
    found = sorted(root.rglob("midlevel.chunks_90.csv"))
    if len(found) != 1:
        raise DataError(
            f"{root}: holds {len(found)} lists midlevel.chunks_90.csv; name one camera's lists "
            f"with annotations"
        )
    return found
