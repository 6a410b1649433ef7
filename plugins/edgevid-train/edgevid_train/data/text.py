"""Whole files as text."""

from __future__ import annotations

from pathlib import Path

from edgevid_train.data.errors import DataError


def read_text(path: Path) -> str:
    """A whole file as text; a byte order mark, as spreadsheets write it, is left out.

    Raises:
        DataError: If it cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from error
