"""Where a report may lead: to the drive itself, and to evidence that lies beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgevid.batch.urls import is_remote
from edgevid.default_plugins.sinks.evidence.folder import file_name

EVIDENCE = "evidence"
"""Folder in the batch's own, as ``--sink evidence:OUT/evidence`` of a run writes it."""
_BEFORE_SECONDS = 2.0
_MOST_BYTES = 1 << 20


def drive_link(uri: str, at_seconds: float | None = None) -> str | None:
    """A link that plays a local drive from shortly before a time; None for what lies elsewhere."""
    if is_remote(uri):
        return None
    start = "" if at_seconds is None else f"#t={max(0.0, at_seconds - _BEFORE_SECONDS):.1f}"
    return Path(uri.removeprefix("file://")).absolute().as_uri() + start


def evidence_link(out: Path, event: Mapping[str, Any]) -> str | None:
    """A link to the clip of an event, relative to the report; None if there is none."""
    folder, name = out / EVIDENCE, file_name(str(event["id"]))
    if not (folder / f"{name}.mp4").is_file():
        return None
    return f"{EVIDENCE}/{quote(name)}.mp4" if _is_of(folder / f"{name}.json", event) else None


def _is_of(record: Path, event: Mapping[str, Any]) -> bool:
    """Whether a record is this event's: another drive's of the same id has another name."""
    try:
        with record.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError):
        return False
    keys = ("id", "drive_id")
    return isinstance(found, dict) and all(found.get(key) == event[key] for key in keys)
