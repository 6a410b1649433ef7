"""Helpers of the adapters: CSV rows with line numbers, existing files, reports of omissions."""

from __future__ import annotations

import csv
import io
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgevid_train.data.errors import DataError
from edgevid_train.data.media import name_list
from edgevid_train.data.text import read_text

_logger = logging.getLogger(__name__)


def read_rows(
    path: Path, columns: Sequence[str], delimiter: str = ","
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a CSV file with a header.

    Args:
        path: The file.
        columns: That must be there; others may be.
        delimiter: One character between two values.

    Yields:
        Where the row is, for messages, and its values by column, without spaces around them.

    Raises:
        DataError: If it cannot be read, a column is missing, or a row has too few or many values.
    """
    if len(delimiter) != 1:
        raise DataError(f"delimiter is {delimiter!r}; accepted is one character")
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            place = f"{path}, line {reader.line_num}"
            if header is None:
                header = cells
                _check_header(place, header, columns)
            elif any(cells):
                if len(cells) != len(header):
                    raise DataError(
                        f"{place}: has {len(cells)} values, the header has {len(header)}"
                    )
                yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: not a CSV line: {error}") from error
    if header is None:
        raise DataError(f"{path}: is empty; its first line must name the columns")


def number(place: str, column: str, text: str) -> float:
    """A finite number, 0 or more.

    Raises:
        DataError: If it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise DataError(f"{place}, column {column}: {text!r}; accepted is a number, 0 or more")
    return value


def frame_rate(fps: float | None, where: str) -> float:
    """A frame rate that can be divided by.

    Raises:
        DataError: If it is none.
    """
    is_number = isinstance(fps, (int, float)) and not isinstance(fps, bool)
    if not is_number or fps is None or not (math.isfinite(fps) and fps > 0):
        raise DataError(f"{where}: fps is {fps!r}; give the frames per second, for example fps=30")
    return float(fps)


def one_group(pattern: str | None, option: str) -> re.Pattern[str] | None:
    """A regular expression with exactly one group.

    Raises:
        DataError: If it is none.
    """
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"{option} {pattern!r} is no regular expression: {error}") from error
    if compiled.groups != 1:
        raise DataError(
            f"{option} {pattern!r} has {compiled.groups} groups; accepted is exactly one, around "
            f"what names the driver, for example '(p[0-9]+)_'"
        )
    return compiled


def driver_of(name: str, pattern: re.Pattern[str] | None, otherwise: str) -> str:
    """Return the driver that the pattern's group matches in a file's name.

    Args:
        name: Of the file.
        pattern: From ``one_group``.
        otherwise: The driver if there is no pattern.

    Raises:
        DataError: If the pattern does not match or its group is empty.
    """
    if pattern is None:
        return otherwise
    found = pattern.search(name)
    if not found or not found[1]:
        raise DataError(f"{name}: driver_pattern {pattern.pattern!r} finds no driver in this name")
    return found[1]


def report_left_out(where: Path, left_out: Counter[str], total: int) -> None:
    """Log how many annotations have a label that the label map does not know."""
    if left_out:
        names = [f"{name} ({count})" for name, count in left_out.most_common()]
        _logger.warning(
            "%s: %d of %d annotations are left out, for the label map does not know %s",
            where,
            left_out.total(),
            total,
            name_list(names),
        )


def _check_header(place: str, header: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if missing:
        raise DataError(
            f"{place}: column {', '.join(missing)} is missing; the columns are {', '.join(header)}"
        )
    if twice:
        raise DataError(f"{place}: column {', '.join(map(repr, twice))} is there twice")
