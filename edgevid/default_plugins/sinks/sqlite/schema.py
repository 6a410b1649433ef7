"""Tables of the ``sqlite`` sink, derived from the records, and opening a database with them."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import Field

from edgevid.errors import SinkError
from edgevid.records import AvailabilityRecord, Column, EventRecord, GapRecord, columns
from edgevid.strict import StrictModel

APPLICATION_ID = 0x65766964
"""Marks a database as ours: "evid"."""
USER_VERSION = 1
"""Version of the tables."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_USER_VERSION_AT, _APPLICATION_ID_AT = 60, 68


class RunRow(StrictModel):
    """One row of ``runs``."""

    run_id: str = Field(description="As in run.json.")
    state: Literal["running", "ended", "cut_off"] = Field(description="cut_off: it was killed.")
    drive_id: str = Field(description="Name and size of a file, or URI and trip of a live source.")
    source: str = Field(description="Absolute path of a file, else the URI without passwords.")
    source_kind: str = Field(description="Name of the source plugin.")
    live: bool = Field(description="Whether it is a live source.")
    trip_id: str | None = Field(description="Run of a live source.")
    started_utc: str | None = Field(description="Wall clock at 0 s of the source.")
    started_at: str = Field(description="Wall clock at the start of the run.")
    ended_at: str | None = Field(
        default=None, description="Wall clock at its end; null while it runs, or if it was killed."
    )
    model_name: str = Field(description="Name of the model.")
    model_version: str = Field(description="Version of the model.")
    model_sha256: str | None = Field(description="Hash of the model's weights.")
    class_names: str = Field(description="JSON list.")
    backend: str | None = Field(description="Backend that executed the model at first.")
    provider: str | None = Field(description="Execution provider of the backend.")
    policy_name: str | None = Field(description="Name of the event policy.")
    policy_sha256: str | None = Field(description="Hash of all parameters of the policy.")


# What belongs to the whole run is in ``runs``, lists are tables of their own.
EVENT = columns(
    EventRecord,
    without=(
        "schema_version", "drive_id", "trip_id", "source_id", "model", "backend", "provider",
        "policy", "evidence",
    ),
)  # fmt: skip
LISTS = {f"event_{name}": name for name, column in EVENT.items() if column.kind == "list"}
"""Table of each list of an event."""
COLUMNS = {
    "runs": columns(RunRow),
    "events": EVENT,
    **{table: EVENT[field].items for table, field in LISTS.items()},
    "availability": columns(AvailabilityRecord),
    "gaps": columns(GapRecord),
}
"""Columns of each table, without its keys."""
_RUN = "run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE"
_PLACE = ("run INTEGER NOT NULL", "id TEXT NOT NULL", "position INTEGER NOT NULL")
_OF_EVENT = (
    "PRIMARY KEY (run, id, position)",
    "FOREIGN KEY (run, id) REFERENCES events (run, id) ON DELETE CASCADE",
)
_TYPES = {"text": "TEXT", "number": "REAL", "whole": "INTEGER", "flag": "INTEGER"}
_RENAMED = {"group": "group_name"}
"""Words of SQL cannot be column names."""


def sql_name(field: str) -> str:
    """Column of a field."""
    return _RENAMED.get(field, field)


def _definition(field: str, column: Column) -> str:
    name = sql_name(field)
    definition = f"{name} {_TYPES[column.kind]}"
    if not column.is_nullable:
        definition += " NOT NULL"
    choices = (0, 1) if column.kind == "flag" else column.choices
    if choices:
        definition += f" CHECK ({name} IN ({', '.join(map(repr, choices))}))"
    return definition


def _table(name: str, first: tuple[str, ...], last: tuple[str, ...] = ()) -> str:
    own = [_definition(field, c) for field, c in COLUMNS[name].items() if c.kind != "list"]
    lines = ",\n  ".join([*first, *own, *last])
    return f"CREATE TABLE {name} (\n  {lines}\n);\n"


TABLES = "".join([
    _table("runs", ("run INTEGER PRIMARY KEY AUTOINCREMENT",)),
    "CREATE INDEX runs_source ON runs (source);\n",
    "CREATE INDEX runs_running ON runs (run) WHERE state = 'running';\n",
    _table("events", (_RUN,), ("PRIMARY KEY (run, id)",)),
    "CREATE INDEX events_level ON events (max_level);\n",
    "CREATE INDEX events_open ON events (run) WHERE phase <> 'closed';\n",
    *(_table(table, _PLACE, _OF_EVENT) for table in LISTS),
    *(_table(table, (_RUN, _PLACE[2]), ("PRIMARY KEY (run, position)",))
      for table in ("availability", "gaps")),
])  # fmt: skip


def check_file(path: Path) -> None:
    """Refuse an existing file that is not a database of this sink, without changing it.

    Raises:
        SinkError: If it is another file, or a database of another version.
    """
    if not path.exists():
        return
    if not path.is_file():
        raise SinkError(
            f"sink sqlite: {path} is not a regular file; name one, for example events.db"
        )
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header:
        return
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise SinkError(f"sink sqlite: {path} is not an SQLite database; name another file")
    if _number(header, _APPLICATION_ID_AT) != APPLICATION_ID:
        raise SinkError(
            f"sink sqlite: {path} is a database of another program; name another file, which "
            f"will be created"
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
