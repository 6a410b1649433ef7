"""OpenLABEL and VCD 4 annotations, as the Driver Monitoring Dataset (DMD) has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from edgevid.media import VIDEO_SUFFIXES
from edgevid_train.data.adapters.openlabel_schema import (
    Document,
    FrameInterval,
    OpenLabelStream,
    read_document,
)
from edgevid_train.data.adapters.reading import frame_rate, report_left_out
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import within
from edgevid_train.data.table import Segment
from edgevid_train.data.text import read_text

DMD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "safe_drive": "safe_driving",
        "change_gear": "safe_driving",
        "texting_right": "texting_right",
        "phonecall_right": "phone_right",
        "texting_left": "texting_left",
        "phonecall_left": "phone_left",
        "radio": "operating_radio",
        "drinking": "drinking",
        "reach_backseat": "reaching_behind",
        "hair_and_makeup": "hair_makeup",
        "talking_to_passenger": "talking_to_passenger",
    }
)
"""DMD's ``driver_actions``. No class of ours: reach_side, standstill_or_waiting, unclassified."""

_LEVEL = "driver_actions/"
_DMD_DRIVER = re.compile(r"(g[A-Z]_\d+)_s\d+_")


def openlabel(
    root: Path,
    camera: str = "body",
    fps: float | None = None,
    label_map: Mapping[str, str] | None = None,
) -> list[Segment]:
    """Read all annotations below a folder.

    Frame numbers count on the timeline of the camera that started first; a camera's
    ``frame_shift`` says how many frames after the face camera it started, and is taken off.

    Args:
        root: Holds JSON files with their videos beside them: the name in the stream's ``uri``, or
            ``…_rgb_body.mp4`` beside DMD's ``…_rgb_ann_distraction.json``. Or one such file.
        camera: Part of the stream's name; for DMD ``body``, ``face`` or ``hands``.
        fps: Frames per second; without it as the stream says. DMD does not say: give 29.76.
        label_map: Action type, with or without ``driver_actions/``, to label; without it
            ``DMD_LABELS``. Others are left out, which is logged.

    Raises:
        DataError: If an annotation is not valid, or a video or its frame rate is missing.
    """
    segments: list[Segment] = []
    left_out: Counter[str] = Counter()
    labels = DMD_LABELS if label_map is None else label_map
    folder = root.parent if root.is_file() else root
    for path in [root] if root.is_file() else sorted(root.rglob("*.json")):
        document = read_document(path, read_text(path))
        if document is None:
            continue
        stream, shift = _stream(path, document, camera)
        file = _video(folder, path, stream, camera)
        rate = frame_rate(stream.rate if fps is None else fps, f"{path}, camera {camera}")
        driver = _driver(path, document)
        for action in document.actions.values():
            label = labels.get(action.type, labels.get(action.type.removeprefix(_LEVEL)))
            if label is None:
                left_out[action.type] += len(action.frame_intervals)
                continue
            for interval in action.frame_intervals:
                first, end = _frames(path, interval, stream, shift)
                if first < end:
                    segments.append(
                        Segment(file, first / rate, end / rate, label, driver, split="")
                    )
    report_left_out(root, +left_out, len(segments) + left_out.total())
    return segments


def _stream(path: Path, document: Document, camera: str) -> tuple[OpenLabelStream, int]:
    """The camera's stream, and its start on the annotation's timeline in frames."""
    cameras = document.cameras
    if not cameras:
        return OpenLabelStream(), 0
    found = [name for name in cameras if camera in name] or list(cameras)
    if len(found) != 1:
        raise DataError(f"{path}: camera {camera!r} is one of {', '.join(cameras)}; name one")
    shifts = {name: c.stream_properties.sync.frame_shift for name, c in cameras.items()}
    return cameras[found[0]], shifts[found[0]] - min(0, *shifts.values())


def _video(root: Path, path: Path, stream: OpenLabelStream, camera: str) -> Path:
    names = []
    if stream.uri:
        uri = stream.uri.replace("\\", "/")
        names.append(within(path.parent, uri.rpartition("/")[2], f"{path}, uri"))
        if not uri.startswith("/") and "://" not in uri:
            names.append(within(root, uri, f"{path}, uri"))
    before = path.stem.partition("_ann")[0]
    stems = [f"{before}_{camera}", path.stem]
    names += [path.with_name(stem + suffix) for stem in stems for suffix in sorted(VIDEO_SUFFIXES)]
    for name in names:
        if name.is_file():
            return name
    raise DataError(f"{path}: there is no video {names[0].name} beside it")


def _driver(path: Path, document: Document) -> str:
    # Group and number name a driver of DMD: "gA_1_s1_2019-03-08T09;31;15+01;00_…".
    for name in (document.name, document.metadata.name, path.name):
        if found := _DMD_DRIVER.match(name):
            return found[1]
    return ""


def _frames(
    path: Path, interval: FrameInterval, stream: OpenLabelStream, shift: int
) -> tuple[int, int]:
    """First frame and exclusive end within the stream; empty where the stream has none of it."""
    if interval.frame_end < interval.frame_start:
        raise DataError(
            f"{path}: frame_end is {interval.frame_end}; accepted is {interval.frame_start} or more"
        )
    total = stream.stream_properties.total_frames
    end = interval.frame_end + 1 - shift
    return max(0, interval.frame_start - shift), end if total is None else min(end, total)
