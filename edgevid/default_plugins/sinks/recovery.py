"""What an earlier run left in a file that is written on: the whole lines, and who was cut off."""

from __future__ import annotations

import json
from io import BufferedReader
from typing import Any

from edgevid.errors import SinkError
from edgevid.records import closed_by_force

_SESSION, _EVENT = b'{"type": "session"', b'{"type": "event"'
_LONGEST_HEADER = 4096


class JsonlPast:
    """Reads a file of the ``jsonl`` sink from its start."""

    def __init__(self, path: str, schema_version: int) -> None:
        """Take the name, for messages, and the one version that can be written on."""
        self._path = path
        self._schema_version = schema_version
        self._open: dict[str, dict[str, Any]] = {}

    @property
    def cut_off(self) -> list[dict[str, Any]]:
        """The line that closes it, for each event that was opened and never closed."""
        return [closed_by_force(line) for line in self._open.values()]

    def read(self, file: BufferedReader) -> int:
        """How many bytes to keep: up to the end of the last whole line.

        Raises:
            SinkError: If this is something else than a file of the sink, or of another version.
        """
        kept = 0
        for line in file:
            whole = line.endswith(b"\n")
            if kept == 0:
                if not whole and (line.startswith(_SESSION) or _SESSION.startswith(line)):
                    return 0
                self._check_first(line)
            elif not whole:
                return kept
            self._note(line)
            kept += len(line)
        return kept

    def _check_first(self, line: bytes) -> None:
        if not line.startswith(_SESSION) or _parsed(line) is None:
            raise SinkError(
                f"sink jsonl: {self._path} holds something else, and nothing is appended to that; "
                f"name another file, or set append to false to replace it"
            )

    def _note(self, line: bytes) -> None:
        # Most lines are predictions: they need not be parsed.
        if not line.startswith((_SESSION, _EVENT)) or (record := _parsed(line)) is None:
            return
        if record["type"] == "session":
            version = record.get("schema_version")
            if version != self._schema_version:
                raise SinkError(
                    f"sink jsonl: {self._path} has schema version {version}, and only "
                    f"{self._schema_version} is written; name another file"
                )
            return
        event_id = record.get("id")
        if not isinstance(event_id, str):
            return
        if record.get("phase") == "closed":
            self._open.pop(event_id, None)
        else:
            self._open[event_id] = record


def _parsed(line: bytes) -> dict[str, Any] | None:
    """None for what is no JSON object: a disk may have lost a piece in the middle of a file."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def whole_rows(file: BufferedReader) -> tuple[bytes, int]:
    """The first row of a CSV file, with its end, and where its last whole row ends.

    Rows end with CR LF; inside quotes that is text.
    """
    content, first, kept, at, quoted = b"", b"", 0, 0, False
    for line in file:
        content = (content + line)[:_LONGEST_HEADER]
        at += len(line)
        quoted ^= bool(line.count(b'"') % 2)
        if not quoted and line.endswith(b"\r\n"):
            first = first or content
            content = b""
            kept = at
    return first, kept
