"""Writing and reading of reports, with one line for each error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from edgevid import ConfigError
from edgevid.errors import one_line

M = TypeVar("M", bound=BaseModel)


@contextmanager
def report_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """The folder of a report, made if it is missing.

    Raises:
        ConfigError: If it, or what is written within, cannot be written.
    """
    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        yield where
    except OSError as error:
        raise ConfigError(
            f"{where}: the report cannot be written: {error.strerror or error}; give a folder that "
            f"can be written"
        ) from error


def read_json(schema: type[M], path: str | os.PathLike[str], what: str) -> M:
    """Read a ``report.json``.

    Args:
        schema: Of the report.
        path: Of the file.
        what: What it should be, for the message.

    Raises:
        ConfigError: If it cannot be read or is something else.
    """
    try:
        return schema.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not {what}: {one_line(error)}") from error
