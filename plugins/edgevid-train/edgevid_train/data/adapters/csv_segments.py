"""Any CSV file with one annotated interval per line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from edgevid_train.data.adapters.reading import frame_rate, number, read_rows, report_left_out
from edgevid_train.data.errors import DataError
from edgevid_train.data.media import kind_of, name_list, within
from edgevid_train.data.table import SPLITS, Segment

_DEFAULTS = {"file": "file", "label": "label", "start": "start", "end": "end"}
_OPTIONAL = ("driver", "split")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")


def csv_segments(
    root: Path,
    annotations: str | None = None,
    columns: Mapping[str, str] | None = None,
    fps: float | None = None,
    end_is_inclusive: bool = True,
    label_map: Mapping[str, str] | None = None,
    delimiter: str = ",",
) -> list[Segment]:
    """Read a CSV file with a header.

    Args:
        root: Files are relative to it.
        annotations: The CSV file, relative to ``root``; without it the only one there.
        columns: What the columns ``file``, ``label``, ``start``, ``end``, ``driver`` and ``split``
            are called; names that are not given stay, and the last two may be missing. An empty
            end is the end of the file.
        fps: Frames per second if start and end are frame numbers that count from 0; without it
            they are seconds, ``mm:ss.sss`` or ``hh:mm:ss.sss``.
        end_is_inclusive: Whether the end's frame still belongs to the segment; with ``fps`` only.
        label_map: Label in the file to our label; others are left out, which is logged.
        delimiter: Between two values.

    Raises:
        DataError: If anything is not valid: the file, line, column, value and what is accepted.
    """
    path = _annotations(root, annotations)
    names = _names(columns or {})
    rate = None if fps is None else frame_rate(fps, str(path))
    segments: list[Segment] = []
    left_out: Counter[str] = Counter()
    wanted = [name for key, name in names.items() if key in _DEFAULTS or key in (columns or {})]
    for place, row in read_rows(path, wanted, delimiter):
        label = row[names["label"]]
        if label_map is not None and label not in label_map:
            left_out[label] += 1
            continue
        file = within(root, row[names["file"]], f"{place}, column {names['file']}")
        if not file.is_file():
            raise DataError(f"{place}, column {names['file']}: there is no file {file}")
        extra = int(end_is_inclusive) if rate else 0
        start = _seconds(place, names["start"], row[names["start"]] or "0", rate)
        text = row[names["end"]]
        end = _seconds(place, names["end"], text, rate, extra) if text else None
        if end is not None and end <= start:
            raise DataError(
                f"{place}, column {names['end']}: {text!r}; accepted is more than the start"
            )
        split = row.get(names["split"], "")
        if split not in ("", *SPLITS):
            raise DataError(
                f"{place}, column {names['split']}: {split!r}; accepted are {', '.join(SPLITS)}"
            )
        segments.append(
            Segment(
                file=file,
                start_seconds=start,
                end_seconds=end,
                label=label_map[label] if label_map is not None else label,
                driver=row.get(names["driver"], ""),
                split=split,
                kind=kind_of(file),
            )
        )
    report_left_out(path, left_out, len(segments) + left_out.total())
    return segments


def _annotations(root: Path, name: str | None) -> Path:
    if name is not None:
        return within(root, name, "option annotations")
    found = sorted(root.glob("*.csv"))
    if len(found) != 1:
        what = name_list([path.name for path in found]) if found else "none"
        raise DataError(f"{root}: CSV files there: {what}; choose one with annotations=NAME.csv")
    return found[0]


def _names(columns: Mapping[str, str]) -> dict[str, str]:
    known = (*_DEFAULTS, *_OPTIONAL)
    unknown = [key for key in columns if key not in known]
    if unknown:
        raise DataError(
            f"option columns: {', '.join(unknown)} is not known; accepted are {', '.join(known)}"
        )
    return {**{key: key for key in known}, **columns}


def _seconds(
    place: str, column: str, text: str, rate: float | None, extra_frames: int = 0
) -> float:
    if rate is not None:
        return (number(place, column, text) + extra_frames) / rate
    clock = _CLOCK.fullmatch(text)
    if clock:
        return 3600 * int(clock[1] or 0) + 60 * int(clock[2]) + float(clock[3])
    try:
        return number(place, column, text)
    except DataError:
        raise DataError(
            f"{place}, column {column}: {text!r}; accepted are seconds, mm:ss.sss or hh:mm:ss.sss, "
            f"or frame numbers with fps given"
        ) from None
