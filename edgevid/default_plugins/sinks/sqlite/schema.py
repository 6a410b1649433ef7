"""Tables of the ``sqlite`` sink, and opening a file that has them or shall get them."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from edgevid.errors import SinkError

APPLICATION_ID = 0x65766964
"""Marks a database as ours: "evid"."""
USER_VERSION = 1
"""Version of the tables."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_USER_VERSION_AT, _APPLICATION_ID_AT = 60, 68

TABLES = """
CREATE TABLE runs (
  run INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'ended', 'cut_off')),
  drive_id TEXT NOT NULL,
  source TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  trip_id TEXT,
  started_utc TEXT,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  model_name TEXT NOT NULL,
  model_version TEXT NOT NULL,
  model_sha256 TEXT,
  class_names TEXT NOT NULL,
  backend TEXT,
  provider TEXT,
  policy_name TEXT,
  policy_sha256 TEXT
);
CREATE INDEX runs_source ON runs (source);
CREATE INDEX runs_running ON runs (run) WHERE state = 'running';
CREATE TABLE events (
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  label TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('open', 'update', 'closed')),
  start_seconds REAL NOT NULL,
  end_seconds REAL NOT NULL,
  duration_seconds REAL NOT NULL,
  detected_seconds REAL,
  start_utc TEXT,
  end_utc TEXT,
  peak_score REAL,
  mean_score REAL,
  level INTEGER NOT NULL,
  max_level INTEGER NOT NULL,
  reason TEXT NOT NULL,
  notify INTEGER NOT NULL CHECK (notify IN (0, 1)),
  speed_min_kmh REAL,
  speed_max_kmh REAL,
  degraded_fraction REAL,
  dropped_fraction REAL,
  trip_flagged INTEGER NOT NULL CHECK (trip_flagged IN (0, 1)),
  PRIMARY KEY (run, id)
);
CREATE INDEX events_level ON events (max_level);
CREATE INDEX events_open ON events (run) WHERE phase <> 'closed';
CREATE TABLE event_levels (
  run INTEGER NOT NULL,
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  at_seconds REAL NOT NULL,
  level INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, id, position),
  FOREIGN KEY (run, id) REFERENCES events (run, id) ON DELETE CASCADE
);
CREATE TABLE event_labels (
  run INTEGER NOT NULL,
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  label TEXT NOT NULL,
  peak_score REAL,
  mean_score REAL,
  PRIMARY KEY (run, id, position),
  FOREIGN KEY (run, id) REFERENCES events (run, id) ON DELETE CASCADE
);
CREATE TABLE availability (
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  start_seconds REAL NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, position)
);
CREATE TABLE gaps (
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  start_seconds REAL NOT NULL,
  end_seconds REAL NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, position)
);
"""


def check_file(path: Path) -> None:
    """Refuse what cannot be written on, without touching it.

    Raises:
        SinkError: If the file is there and is something else, or of a newer version.
    """
    if not path.exists():
        return
    if not path.is_file():
        raise SinkError(f"sink sqlite: {path} is no ordinary file; name one, for example events.db")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header:
        return
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise SinkError(f"sink sqlite: {path} is no SQLite database; name another file")
    if _number(header, _APPLICATION_ID_AT) != APPLICATION_ID:
        raise SinkError(
            f"sink sqlite: {path} is a database of something else; name another file, which is "
            f"created"
        )
    version = _number(header, _USER_VERSION_AT)
    if version != USER_VERSION:
        raise SinkError(
            f"sink sqlite: {path} has tables of version {version}, and this edgevid writes "
            f"version {USER_VERSION}; name another file, or install the edgevid that wrote it"
        )


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open a checked file, with tables and settings. Only one may do so at a time.

    Args:
        path: Absolute.
        busy_seconds: How long to wait for another one's commit.

    Raises:
        sqlite3.Error: If the file is damaged or cannot be written.
    """
    connection = sqlite3.connect(
        path,
        timeout=busy_seconds,
        isolation_level=None,
        # Opened in the main thread, used in the dispatch thread, one after the other.
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            _create(connection)
        # After the tables: the header that ``check_file`` reads is then in the file itself.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;"
            f"PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {USER_VERSION};"
            f"{TABLES}"
            f"COMMIT;"
        )
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
