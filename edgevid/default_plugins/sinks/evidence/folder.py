"""The folder of the ``evidence`` sink: its files, their total size, and which to remove."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pydantic import Field, ValidationError

from edgevid.io import FileLock, is_locked, write_target, writing
from edgevid.strict import StrictModel

MANIFEST = "manifest.jsonl"
_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$"
_LONGEST_ID = 40
_KINDS = ("mp4", "jpg", "json")
_LOCK_SECONDS = 10.0
_DAY_SECONDS = 86_400.0


class EvidenceEntry(StrictModel):
    """One event's files, as the manifest lists them."""

    name: str = Field(pattern=_NAME)
    origin: str
    """Source and recording: events of others with the same id get another name."""
    written_at: float
    """Wall clock, seconds since 1970, for ``keep_days``."""


class EvidenceFolder:
    """Files named after events. Only files listed in the manifest are removed."""

    def __init__(self, path: Path, quota_bytes: float | None, keep_days: float | None) -> None:
        """Use an existing folder with these limits."""
        self.path = path
        self._quota_bytes = quota_bytes
        self._keep_seconds = None if keep_days is None else keep_days * _DAY_SECONDS

    def final(self, name: str, kind: str) -> Path:
        """Path of a complete file."""
        return self.path / f"{name}.{kind}"

    def part(self, name: str, kind: str) -> Path:
        """Path of the file while it is written."""
        return self.path / f".{name}.part.{kind}"

    def reserve(self, event_id: str, origin: str) -> str:
        """Reserve a name for an event's files, before any of them is written. Call it locked.

        Raises:
            SinkError: If the manifest cannot be written.
        """
        entries = self._read()
        listed = {entry.name: entry for entry in entries}
        base = file_name(event_id)
        for number in count(1):
            name = base if number == 1 else f"{base}-{number}"
            if self._is_free(name, listed.get(name), origin):
                break
        self.remove(name)
        others = [entry for entry in entries if entry.name != name]
        self._write([*others, EvidenceEntry(name=name, origin=origin, written_at=time.time())])
        return name

    def _is_free(self, name: str, entry: EvidenceEntry | None, origin: str) -> bool:
        if entry is not None:
            # The same event again: replace its files, unless another run is writing them.
            return entry.origin == origin and not is_locked(self.part(name, "json"))
        return not any(self.final(name, kind).exists() for kind in _KINDS)

    def remove(self, name: str, *, parts_only: bool = False) -> None:
        """Remove the files of a name."""
        for kind in _KINDS:
            self.part(name, kind).unlink(missing_ok=True)
            if not parts_only:
                self.final(name, kind).unlink(missing_ok=True)

    def remove_excess(self, keep: str | None = None) -> None:
        """Remove files that are too old or exceed the quota, oldest first.

        Args:
            keep: The newest name, which stays even if it alone exceeds the quota.
        """
        if self._quota_bytes is None and self._keep_seconds is None:
            return
        with self.locked():
            entries = self._read()
            sizes = {entry.name: self._size(entry.name) for entry in entries}
            total, now = sum(sizes.values()), time.time()
            remaining = []
            for entry in entries:
                too_much = self._quota_bytes is not None and total > self._quota_bytes
                too_old = (
                    self._keep_seconds is not None and now - entry.written_at > self._keep_seconds
                )
                unfinished = self.part(entry.name, "json").exists()
                if entry.name == keep or unfinished or not (too_much or too_old):
                    remaining.append(entry)
                    continue
                self.remove(entry.name)
                total -= sizes[entry.name]
            if len(remaining) < len(entries):
                self._write(remaining)

    def unfinished(self) -> list[str]:
        """Names whose files a killed run left unfinished."""
        parts = [(entry.name, self.part(entry.name, "json")) for entry in self._read()]
        return [name for name, part in parts if part.exists() and not is_locked(part)]

    def _size(self, name: str) -> int:
        files = [find(name, kind) for kind in _KINDS for find in (self.final, self.part)]
        return sum(file.stat().st_size for file in files if file.is_file())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the folder.

        Raises:
            SinkError: If another run holds it too long, or a file cannot be written.
        """
        with writing("evidence", self.path):
            lock = FileLock(self.path, _LOCK_SECONDS)
            try:
                yield
            finally:
                lock.release()

    def _read(self) -> list[EvidenceEntry]:
        try:
            lines = (self.path / MANIFEST).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        entries: dict[str, EvidenceEntry] = {}
        for line in lines:
            try:
                entry = EvidenceEntry.model_validate_json(line)
            except ValidationError:
                # A damaged line lists no files, so that none is removed because of it.
                continue
            entries[entry.name] = entry
        return list(entries.values())

    def _write(self, entries: Sequence[EvidenceEntry]) -> None:
        lines = "".join(json.dumps(entry.model_dump()) + "\n" for entry in entries)
        write_target("evidence", self.path / MANIFEST, lines.encode())


def file_name(event_id: str) -> str:
    """Name for an event's files: the id if it is a valid name, else its letters and a hash."""
    if re.fullmatch(_NAME, event_id) and len(event_id) <= _LONGEST_ID:
        return event_id
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", event_id)[:_LONGEST_ID].strip("-") or "event"
    digest = hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{readable}-{digest[:12]}"
