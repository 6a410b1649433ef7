"""Runs, events, levels, availability and gaps as tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import Field

from edgevid.default_plugins.sinks.run_locks import RunLocks
from edgevid.default_plugins.sinks.sqlite_schema import check_file, connect
from edgevid.default_plugins.sinks.targets import file_target, writing
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.records import CUT_OFF, EventRecord, LabelRecord, LevelRecord, event_record, plain
from edgevid.types import Availability, Event, Gap

_CHILDREN = {"event_levels": "levels", "event_labels": "labels"}
_EVENT = (
    "run", "id", "group_name", "label", "phase", "start_seconds", "end_seconds",
    "duration_seconds", "detected_seconds", "start_utc", "end_utc", "peak_score", "mean_score",
    "level", "max_level", "reason", "notify", "speed_min_kmh", "speed_max_kmh",
    "degraded_fraction", "dropped_fraction", "trip_flagged",
)  # fmt: skip


class SqliteSink(Sink):
    """A SQLite database that several runs may write at once; docs/sqlite.md has its tables.

    Each call is one transaction: a run that is killed loses nothing it was told. What it left open
    is closed by whichever run opens the file next. A file or a recording that is analysed again
    replaces its earlier results; a live source adds a run.
    """

    class Options(BaseOptions):
        """Options of the ``sqlite`` sink."""

        busy_seconds: float = Field(
            default=10.0,
            ge=0,
            le=3600,
            description="How long to wait while somebody else is writing; the sink gives up then.",
        )

    options: Options

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._path = Path()
        self._session: RunInfo | None = None
        self._connection: sqlite3.Connection | None = None
        self._locks: RunLocks | None = None
        self._run = 0
        self._position = 0

    def open(self, session: RunInfo) -> None:
        """Open or create the database, close what killed runs left open, and add this run.

        Raises:
            SinkError: If it cannot be written, is no database of this sink, or another run is
                analysing the same file into it.
        """
        # SQLite keeps its own files beside the real one.
        self._path = file_target("sqlite", self.target, "events.db").resolve()
        self._session = session
        with writing("sqlite", self._path):
            check_file(self._path)
            self._locks = RunLocks(self._path.with_name(f"{self._path.name}-runs"))
            with self._locks.opening(self.options.busy_seconds), self._speaking():
                # Another run may just have created it.
                check_file(self._path)
                self._connection = connect(self._path, self.options.busy_seconds)
                with self._transaction() as connection:
                    self._close_killed(connection, self._locks)
                    self._run = self._add(connection, session, self._locks)

    def _close_killed(self, connection: sqlite3.Connection, locks: RunLocks) -> None:
        running = connection.execute("SELECT run FROM runs WHERE state = 'running'").fetchall()
        for (run,) in running:
            if locks.take(run):
                _end(connection, run, "cut_off", None)
                locks.release(run)

    def _add(self, connection: sqlite3.Connection, session: RunInfo, locks: RunLocks) -> int:
        source = _source(session)
        if not session.source.live:
            # Recordings of one camera differ by their trip.
            drive = (source, _simple(plain(session.source.trip_id)))
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
        values = _run_row(session, source)
        names, places = ", ".join(values), ", ".join("?" * len(values))
        cursor = connection.execute(
            f"INSERT INTO runs ({names}) VALUES ({places})", tuple(values.values())
        )
        run = int(cursor.lastrowid or 0)
        locks.take(run)
        return run

    def event(self, event: Event) -> None:
        """Insert it, or update it while it is open."""
        if self._session is None:
            return
        record = event_record(event, self._session)
        with self._speaking(), self._transaction() as connection:
            row = {**record.model_dump(), "run": self._run, "group_name": record.group}
            updates = ", ".join(f"{name} = excluded.{name}" for name in _EVENT[2:])
            places = ", ".join(f":{name}" for name in _EVENT)
            changed = connection.execute(
                f"INSERT INTO events ({', '.join(_EVENT)}) VALUES ({places}) "
                f"ON CONFLICT (run, id) DO UPDATE SET {updates} WHERE phase <> 'closed'",
                {name: row[name] for name in _EVENT},
            ).rowcount
            if changed:
                self._put_children(connection, record)

    def _put_children(self, connection: sqlite3.Connection, record: EventRecord) -> None:
        for table, field in _CHILDREN.items():
            connection.execute(
                f"DELETE FROM {table} WHERE run = ? AND id = ?", (self._run, record.id)
            )
            children: tuple[LevelRecord | LabelRecord, ...] = getattr(record, field)
            for position, child in enumerate(children):
                connection.execute(
                    f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)",
                    (self._run, record.id, position, *child.model_dump().values()),
                )

    def availability(self, change: Availability) -> None:
        """Insert it."""
        self._insert("availability", change.start_seconds, change.state, plain(change.reason))

    def gap(self, gap: Gap) -> None:
        """Insert it."""
        self._insert("gaps", gap.start_seconds, gap.end_seconds, plain(gap.reason))

    def _insert(self, table: str, *values: Any) -> None:
        self._position += 1
        with self._speaking(), self._transaction() as connection:
            connection.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", (self._run, self._position, *values)
            )

    def close(self) -> None:
        """Note the end; an event that nobody closed is closed."""
        connection, locks = self._connection, self._locks
        try:
            if connection is not None and self._run:
                with self._speaking(), self._transaction():
                    _end(connection, self._run, "ended", _now())
        finally:
            self._connection = self._locks = None
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()
            if locks is not None:
                locks.close()

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
    def _speaking(self) -> Iterator[None]:
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
    """What the results belong to; files of one name in two folders are two files."""
    uri = plain(session.source.uri)
    try:
        path = Path(session.source.uri)
        return str(plain(str(path.resolve()))) if path.exists() else str(uri)
    except (OSError, ValueError):
        return str(uri)


def _run_row(session: RunInfo, source: str) -> Mapping[str, Any]:
    card, info = session.card, session.source
    row = {
        "run_id": session.run_id,
        "state": "running",
        "drive_id": session.drive_id,
        "source": source,
        "source_kind": info.kind,
        "live": info.live,
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
    return {name: _simple(plain(value)) for name, value in row.items()}


def _simple(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, str | int) else str(value)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
