"""Progress of a batch: one line for each finished drive and chunk.

A line is written at once and in one piece, so that a killed run loses at most the line it was
writing, which the next run leaves aside.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import Self

from edgevid.errors import ConfigError
from edgevid.io import FileLock

_NAME = "manifest.jsonl"


class Entry(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["drive", "chunk"]
    uri: str = Field(description="Name of the drive: its path or URL, without passwords.")
    state: Literal["done", "failed"]
    error: str | None = None
    size_bytes: int | None = None
    version: str | None = Field(
        default=None,
        description="Version of the file when it was read: its size and date, or a checksum.",
    )
    sha256: str | None = Field(default=None, description="SHA-256 of the content.")
    model: str | None = Field(
        default=None, description="Identity of the model, its card, its options and its backend."
    )
    policy: str | None = Field(default=None, description="sha256 of the event policy.")
    warnings: tuple[str, ...] = Field(default=(), description="Defects of the recording.")
    first: int | None = Field(default=None, description="First frame of a chunk, as sampled.")
    end: int | None = None
    source: dict[str, Any] | None = Field(
        default=None, description="Source information of the drive."
    )


class BatchManifest:
    """The lines of one folder, and the right to work in it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is created if need be.

        Raises:
            ConfigError: If another run works in it, or it cannot be written.
        """
        self._path = folder / _NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder)
        except BlockingIOError as error:
            raise ConfigError(
                f"--out {folder}: another run works in it; wait for its end, or give another folder"
            ) from error
        except OSError as error:
            raise ConfigError(f"--out {folder}: cannot be written: {error.strerror}") from error
        self.drives: dict[str, Entry] = {}
        """The newest line of each drive."""
        self._is_whole = True
        try:
            self._open()
        except OSError as error:
            self._lock.release()
            raise ConfigError(
                f"{self._path}: cannot be read and written: {error.strerror or error}; what was "
                f"done is kept: make room, or see who may write there, and run the same again"
            ) from error

    def _open(self) -> None:
        for entry in self._read():
            if entry.kind == "drive":
                self.drives[entry.uri] = entry
        self._file = self._path.open("ab", buffering=0)
        try:
            if not self._is_whole:
                self._write(b"\n")
        except OSError:
            self._file.close()
            raise

    def _read(self) -> Iterator[Entry]:
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in lines:
                self._is_whole = line.endswith(b"\n")
                try:
                    yield Entry.model_validate_json(line)
                except ValidationError:
                    # What a killed run left unfinished.
                    continue

    def add(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            OSError: If it cannot be written.
        """
        line = json.dumps(entry.model_dump(exclude_none=True), ensure_ascii=False).encode() + b"\n"
        self._write(line)
        if entry.kind == "drive":
            self.drives[entry.uri] = entry

    def _write(self, line: bytes) -> None:
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Let the folder go."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
