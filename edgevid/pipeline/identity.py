"""Identity of a drive."""

from __future__ import annotations

from pathlib import Path

from edgevid.types import SourceInfo


def drive_id(info: SourceInfo) -> str:
    """Identity of a drive in its events' ids: a file's name and size wherever it lies, or the trip.

    Cameras that begin anew with ``0001.mp4`` in each folder do not give equal names to events.
    """
    if info.trip_id:
        return f"{info.uri}|{info.trip_id}"
    path = Path(info.uri)
    try:
        return f"{path.name}|{path.stat().st_size}" if path.is_file() else path.name
    except (OSError, ValueError):
        return path.name
