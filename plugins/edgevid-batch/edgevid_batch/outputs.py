"""Outputs of a batch: events of each drive, rows of all tables, and the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgevid.card import Card
from edgevid.interfaces import RunInfo
from edgevid.io import write_atomic
from edgevid.pipeline import build_events, drive_id
from edgevid.plugins import Plugins
from edgevid.types import SourceInfo
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.events import EngineOutput, events_of
from edgevid_batch.manifest import Entry
from edgevid_batch.names import name_of
from edgevid_batch.rows import availability_rows, drive_row, event_rows, score_rows
from edgevid_batch.scored import Scored
from edgevid_batch.study import Study, StudyDrive, make_study, study_drive, study_rows
from edgevid_batch.study.findings import NAME as STUDY
from edgevid_batch.tables import Row, schemas, table_of, write_table
from edgevid_batch.telemetry import DriveTelemetry, Telemetry, telemetry_rows
from edgevid_batch.telemetry.sidecar import OK, sidecar_uri


@dataclass
class Outputs:
    """Rows of all drives, in their order."""

    config: BatchConfig
    plugins: Plugins
    card: Card
    policy: Mapping[str, Any]
    runs_on: dict[str, Any]
    telemetry: Telemetry
    rows: dict[str, list[dict[str, Any]]] = field(init=False)
    """Table → its rows; without the tables of seconds, which are too long for that."""
    study: Study | None = None
    """Once written; None without telemetry."""
    _schemas: dict[str, Any] = field(init=False)
    _seconds: dict[str, list[Any]] = field(init=False)
    """Table of seconds → an Arrow table for each drive."""
    _studied: list[StudyDrive] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = {"drives": [], "events": [], "availability": []}
        wanted = {"scores": self.config.scores, "telemetry": bool(self.config.telemetry)}
        self._seconds = {name: [] for name, is_wanted in wanted.items() if is_wanted}
        self._schemas = schemas(self.card.class_names)

    @property
    def num_measured(self) -> int | None:
        """Drives beside which all files were good; None if none were wanted."""
        if not self.config.telemetry:
            return None
        return sum(1 for row in self.rows["drives"] if row["telemetry"] == OK)

    def add_failed(self, entry: Entry) -> None:
        """A drive without scores."""
        row = drive_row(entry, self.card, self.policy, None, None)
        self.rows["drives"].append(row | {"telemetry": None})

    def add(self, uri: str, entry: Entry, scored: Scored) -> int:
        """A drive with scores; gives how many events it has."""
        info = replace(SourceInfo(**(entry.source or {})), uri=entry.uri)
        measured = self.telemetry.of(uri, info)
        output, session = self._run_engine(entry, info, scored, measured)
        row = drive_row(entry, self.card, self.policy, output, scored)
        self.rows["drives"].append(row | {"telemetry": measured.state})
        self.rows["events"] += event_rows(entry, session, output)
        self.rows["availability"] += availability_rows(entry, output)
        if self.config.scores:
            self._add_seconds("scores", score_rows(entry, scored, self.card.class_names))
        if measured.channels:
            self._add_measured(uri, entry, scored, output, measured)
        return len(output.events)

    def _add_seconds(self, name: str, rows: Iterable[Row]) -> None:
        self._seconds[name].append(table_of(self._schemas[name], rows))

    def _add_measured(
        self, uri: str, entry: Entry, scored: Scored, output: EngineOutput, measured: DriveTelemetry
    ) -> None:
        channels = {n: s.until(output.end_seconds) for n, s in measured.channels.items()}
        self._add_seconds("telemetry", telemetry_rows(entry.uri, channels))
        driver = self.config.study.driver
        self._studied.append(
            study_drive(
                entry.uri if driver is None else name_of(sidecar_uri(driver, uri)),
                scored,
                output.events,
                channels,
                self.card.class_names,
                self.config.study,
            )
        )

    def _run_engine(
        self, entry: Entry, info: SourceInfo, scored: Scored, measured: DriveTelemetry
    ) -> tuple[EngineOutput, RunInfo]:
        engine = build_events(self.plugins, self.config.events, self.card)
        identity = _identity(entry)
        session = RunInfo(
            source=info,
            card=self.card,
            runs_on=self.runs_on,
            run_id="",
            started_at="",
            drive_id=identity,
            policy=engine.policy,
        )
        with ExitStack() as opened:
            opened.enter_context(engine)
            if measured.signals is not None:
                opened.enter_context(measured.signals)
            output = events_of(
                scored, engine, identity, info.uri, self.card.max_gap_seconds, measured.signals
            )
        return output, session

    def write(self, out: Path) -> list[str]:
        """Write every table; what an earlier run wrote and this one did not ask for goes.

        Raises:
            OSError: If one cannot be written.
        """
        if self.config.telemetry:
            self.study = make_study(self._studied, self.config.study)
            self.rows["study"] = list(study_rows(self.study))
        files = []
        for name, schema in self._schemas.items():
            path = out / f"{name}.parquet"
            if name in self._seconds or name in self.rows:
                parts = self._seconds.get(name) or [table_of(schema, self.rows.get(name, ()))]
                write_table(path, schema, parts)
                files.append(str(path))
            else:
                # It would be of other drives, or of another policy.
                path.unlink(missing_ok=True)
        path = out / STUDY
        if self.study is None:
            path.unlink(missing_ok=True)
        else:
            write_atomic(path, (self.study.model_dump_json(indent=2) + "\n").encode())
            files.append(str(path))
        return files


def _identity(entry: Entry) -> str:
    """Names the drive in its events' ids, as a run of the same file or recording does."""
    if entry.size_bytes is None:
        return drive_id(SourceInfo(**(entry.source or {})))
    # The file itself may lie elsewhere or nowhere by now.
    return f"{entry.uri.rpartition('/')[2]}|{entry.size_bytes}"
