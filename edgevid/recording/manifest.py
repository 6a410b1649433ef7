"""``recording.json``: what was recorded, by what, and how to run it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from edgevid.errors import RecordingError
from edgevid.strict import StrictModel
from edgevid.types import SourceInfo

NAME = "recording.json"
_LARGEST = 1 << 20


class RecordingManifest(StrictModel):
    """The file as pydantic sees it."""

    schema_version: Literal[1] = 1
    run_id: str
    started_at: str = Field(description="Wall clock of the run, ISO 8601.")
    source: SourceInfo = Field(description="Source of the run, without passwords.")
    model: dict[str, Any] = Field(description="Name, version, sha256 and rate of the card.")
    config: dict[str, Any] = Field(description="Configuration, complete, without passwords.")
    versions: dict[str, str]
    codec: str = Field(description="Lossless codec of the frames.")


def write_manifest(folder: Path, manifest: RecordingManifest) -> None:
    """Write it, where there was none.

    Raises:
        OSError: If it cannot be written, or is there already.
    """
    with (folder / NAME).open("x", encoding="utf-8", errors="backslashreplace") as file:
        file.write(manifest.model_dump_json(indent=2) + "\n")


def read_manifest(folder: Path) -> RecordingManifest:
    """Read it.

    Raises:
        RecordingError: If the folder is no recording, or the file is malformed.
    """
    path = folder / NAME
    if "\0" in str(folder):
        raise RecordingError(f"{str(folder)!r} is no folder name")
    try:
        if not folder.exists():
            raise RecordingError(f"{folder}: no such folder; give one that `edgevid record` wrote")
        if not path.is_file():
            raise RecordingError(
                f"{folder} is no recording: there is no {NAME} in it; give a folder that "
                f"`edgevid record` wrote"
            )
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST:
        raise RecordingError(f"{path}: is larger than {_LARGEST} bytes: no recording of edgevid's")
    try:
        manifest = RecordingManifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordingError(
            f"{path}: {f'{where}: ' if where else ''}{first['msg']}; it is damaged, or of another "
            f"version of edgevid"
        ) from error
    if manifest.source.width < 1 or manifest.source.height < 1:
        raise RecordingError(f"{path}: source: the size must be positive; the file is damaged")
    return manifest
