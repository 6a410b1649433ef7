"""Links of a report to drives and to their evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgevid_batch.urls import is_remote

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


def evidence_clips(out: Path) -> dict[tuple[str, str], str]:
    """Event, as its id and its drive's, → name of its clip in the folder of evidence."""
    found: dict[tuple[str, str], str] = {}
    for record in sorted((out / EVIDENCE).glob("[!.]*.json")):
        key = _event_of(record)
        if key is not None and record.with_suffix(".mp4").is_file():
            found.setdefault(key, f"{record.stem}.mp4")
    return found


def evidence_link(clips: Mapping[tuple[str, str], str], event: Mapping[str, Any]) -> str | None:
    """A link to the clip of an event, relative to the report; None if there is none."""
    name = clips.get((str(event["id"]), str(event["drive_id"])))
    return None if name is None else f"{EVIDENCE}/{quote(name)}"


def _event_of(record: Path) -> tuple[str, str] | None:
    """Id of the event, and of its drive: of several drives, events may have the same id."""
    try:
        with record.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        return str(found["id"]), str(found["drive_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
