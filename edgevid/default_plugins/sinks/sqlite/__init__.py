"""The sink ``sqlite``: runs, events, levels, availability and gaps as tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from edgevid.default_plugins.sinks.sqlite.schema import (
    EVENT,
    LISTS,
    RunRow,
    check_file,
    connect,
    sql_name,
)
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import FileLock, file_target, is_locked, writing
from edgevid.records import CUT_OFF, AvailabilityRecord, GapRecord, event_record, plain
from edgevid.types import Availability, Event, Gap

_EVENT = tuple(name for name, column in EVENT.items() if column.kind != "list")


class SqliteSink(Sink):
    """An SQLite database that several runs may write at once; docs/sqlite.md has its tables.

    Each result is committed at once, so that a killed run loses none. Events it left open are
    closed by the next run that opens the database. Analysing a file or a recording again replaces
    its earlier results; a live source adds a run.
    """

    class Options(BaseOptions):
        """Options of the ``sqlite`` sink."""

        busy_seconds: float = Field(
            default=10.0,
            ge=0,
            le=3600,
            description="Longest time to wait while another program writes.",
        )

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._path = Path()
        self._session: RunInfo | None = None
        self._connection: sqlite3.Connection | None = None
        self._lock: FileLock | None = None
        self._run = 0
        self._position = 0

    def open(self, session: RunInfo) -> None:
        """Open or create the database, close events that killed runs left open, add this run.

        Raises:
            SinkError: If it cannot be written, is not a database of this sink, or another run is
                analysing the same file into it.
        """
        # SQLite keeps its own files beside the real one.
        self._path = file_target("sqlite", self.target, "events.db").resolve()
        self._session = session
        with writing("sqlite", self._path):
            check_file(self._path)
            with FileLock(self._path, self.options.busy_seconds), self._naming_path():
                # Another run may just have created it.
                check_file(self._path)
                self._connection = connect(self._path, self.options.busy_seconds)
                with self._transaction() as connection:
                    self._close_killed(connection)
                    self._run = self._add(connection, session)
                    self._lock = FileLock(self._run_path(self._run))

    def _run_path(self, run: int) -> Path:
        return self._path.with_name(f"{self._path.name}-run-{run}")

    def _close_killed(self, connection: sqlite3.Connection) -> None:
        running = connection.execute("SELECT run FROM runs WHERE state = 'running'").fetchall()
        for (run,) in running:
            if not is_locked(self._run_path(run)):
                _end(connection, run, "cut_off", None)

    def _add(self, connection: sqlite3.Connection, session: RunInfo) -> int:
        source = _source(session)
        if not session.source.live:
            # Recordings of one camera differ by their trip.
            drive = (source, _text(session.source.trip_id))
            if connection.execute(
                "SELECT 1 FROM runs WHERE source = ? AND trip_id IS ? AND NOT live "
                "AND state = 'running'",
                drive,
            ).fetchone():
                raise SinkError(
                    f"sink sqlite: another run is analysing {source} into {self._path}; wait for "
                    f"its end, or name another database"
                )
            connection.execute(
                "DELETE FROM runs WHERE source = ? AND trip_id IS ? AND NOT live", drive
            )
        row = _run_row(session, source).model_dump()
        return int(_insert(connection, "runs", row).lastrowid or 0)

    def event(self, event: Event) -> None:
        """Insert it, or update it while it is open."""
        if self._session is None:
            return
        record = event_record(event, self._session)
        with self._naming_path(), self._transaction() as connection:
            row = record.model_dump()
            values = {"run": self._run, **{sql_name(name): row[name] for name in _EVENT}}
            updates = ", ".join(f"{name} = excluded.{name}" for name in values if name != "run")
            changed = _insert(
                connection,
                "events",
                values,
                f"ON CONFLICT (run, id) DO UPDATE SET {updates} WHERE phase <> 'closed'",
            ).rowcount
            if changed:
                self._put_lists(connection, record.id, row)

    def _put_lists(
        self, connection: sqlite3.Connection, event_id: str, row: Mapping[str, Any]
    ) -> None:
        for table, field in LISTS.items():
            connection.execute(
                f"DELETE FROM {table} WHERE run = ? AND id = ?", (self._run, event_id)
            )
            for position, item in enumerate(row[field]):
                key = {"run": self._run, "id": event_id, "position": position}
                _insert(connection, table, {**key, **item})

    def availability(self, change: Availability) -> None:
        """Insert it."""
        self._add_row("availability", AvailabilityRecord.model_validate(change))

    def gap(self, gap: Gap) -> None:
        """Insert it."""
        self._add_row("gaps", GapRecord.model_validate(gap))

    def _add_row(self, table: str, record: BaseModel) -> None:
        self._position += 1
        key = {"run": self._run, "position": self._position}
        with self._naming_path(), self._transaction() as connection:
            _insert(connection, table, {**key, **record.model_dump()})

    def close(self) -> None:
        """Set the end of the run, and close open events."""
        connection, lock = self._connection, self._lock
        try:
            if connection is not None and self._run:
                with self._naming_path(), self._transaction():
                    _end(connection, self._run, "ended", _now())
        finally:
            self._connection = self._lock = None
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()
            if lock is not None:
                lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        if connection is None:
            raise SinkError(f"sink sqlite: {self._path} is not open")
        # Immediate: one that begins by reading could find that it must not write.
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _naming_path(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SinkError(f"sink sqlite: cannot write {self._path}: {error}") from error


def _end(connection: sqlite3.Connection, run: int, state: str, ended_at: str | None) -> None:
    connection.execute(
        "UPDATE events SET phase = 'closed', notify = 0, reason = ? "
        "WHERE run = ? AND phase <> 'closed'",
        (CUT_OFF, run),
    )
    connection.execute(
        "UPDATE runs SET state = ?, ended_at = ? WHERE run = ?", (state, ended_at, run)
    )


def _source(session: RunInfo) -> str:
    """Absolute path of a file, which distinguishes files of one name, else the URI."""
    uri = plain(session.source.uri)
    try:
        path = Path(session.source.uri)
        return str(plain(str(path.resolve()))) if path.exists() else str(uri)
    except (OSError, ValueError):
        return str(uri)


def _run_row(session: RunInfo, source: str) -> RunRow:
    card, info = session.card, session.source
    values = {
        "run_id": session.run_id,
        "drive_id": session.drive_id,
        "source": source,
        "source_kind": info.kind,
        "trip_id": info.trip_id,
        "started_utc": info.started_utc,
        "started_at": session.started_at,
        "model_name": card.name,
        "model_version": card.version,
        "model_sha256": card.sha256,
        "class_names": json.dumps(card.class_names),
        "backend": session.runs_on.get("backend"),
        "provider": session.runs_on.get("provider"),
        "policy_name": session.policy.get("name"),
        "policy_sha256": session.policy.get("sha256"),
    }
    texts = {name: _text(value) for name, value in values.items()}
    return RunRow(state="running", live=info.live, **texts)


def _insert(
    connection: sqlite3.Connection, table: str, values: Mapping[str, Any], otherwise: str = ""
) -> sqlite3.Cursor:
    names, places = ", ".join(values), ", ".join("?" * len(values))
    return connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({places}) {otherwise}", tuple(values.values())
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(plain(str(value)))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
