"""Files written whole, locks that end with their process, and secrets taken out of text."""

from __future__ import annotations

from edgevid.io.atomic import atomic_path, write_atomic
from edgevid.io.lines import LineFile
from edgevid.io.locks import FileLock, is_locked
from edgevid.io.redaction import MASK, redact
from edgevid.io.targets import directory_target, file_target, write_target, writing

__all__ = [
    "MASK",
    "FileLock",
    "LineFile",
    "atomic_path",
    "directory_target",
    "file_target",
    "is_locked",
    "redact",
    "write_atomic",
    "write_target",
    "writing",
]
