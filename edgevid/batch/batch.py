"""``edgevid batch``: from drives to tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from edgevid.batch.drives import expand
from edgevid.batch.engines.choose import open_engine
from edgevid.batch.events import Told, events_of
from edgevid.batch.manifest import Entry, Manifest
from edgevid.batch.report import Subject, missing_library, write_report
from edgevid.batch.rows import availability_rows, drive_row, event_rows, score_rows
from edgevid.batch.run import BatchRun, Plan, model_id
from edgevid.batch.scored import Scored
from edgevid.batch.spent import Clock, Spent
from edgevid.batch.store import Store
from edgevid.batch.tables import arrow, schemas, write_table
from edgevid.card import Card
from edgevid.config.batch import BatchConfig
from edgevid.default_plugins.sources.redact import redact
from edgevid.errors import BatchError, ConfigError, EdgevidError
from edgevid.interfaces import Session
from edgevid.pipeline.build import build_events, build_model
from edgevid.plugins import Plugins
from edgevid.records import plain
from edgevid.types import SourceInfo

_logger = logging.getLogger(__name__)


class BatchResult(BaseModel):
    """What became of a batch."""

    out: str
    drives: int
    done: int = 0
    failed: dict[str, str] = Field(default_factory=dict, description="Drive and reason.")
    scored_now: int = Field(default=0, description="The others were done before.")
    events: int = 0
    runs_on: dict[str, Any] = Field(description="Backend and provider that really ran.")
    batch_size: int = Field(default=1, description="Streams that were scored together.")
    files: list[str] = Field(default_factory=list, description="Tables that were written.")
    report: str | None = Field(default=None, description="The report, if one was written.")
    spent: Spent = Field(default_factory=Spent, description="Where the time of this run went.")

    @property
    def exit_code(self) -> int:
        """How many drives failed, 100 at most; 0 if all are done."""
        return min(len(self.failed), 100)


def run_batch(
    config: BatchConfig,
    plugins: Plugins,
    on_drive: Callable[[Entry, int], None] | None = None,
) -> BatchResult:
    """Score what is missing or changed, and write the tables.

    Args:
        config: What, with what, and where to.
        plugins: Installed ones.
        on_drive: Called when a drive is over, with its line and the number of all drives.

    Raises:
        ConfigError: If an option is not accepted, or another run works in the folder.
        ModelError: If the model fails.
        BatchError: If results cannot be written; what was written stays and is not redone.
    """
    arrow()
    missing = missing_library() if config.report else None
    if missing is not None:
        raise ConfigError(missing)
    everything, tables = Clock(), Clock()
    with everything.running():
        result, video_seconds = _run(config, plugins, on_drive, tables)
    result.spent.tables_seconds = round(tables.seconds, 3)
    result.spent.finish(everything.seconds, video_seconds)
    return result


def _run(
    config: BatchConfig,
    plugins: Plugins,
    on_drive: Callable[[Entry, int], None] | None,
    tables: Clock,
) -> tuple[BatchResult, float]:
    """The result, and seconds of video that were scored."""
    uris = expand(config.drives)
    out = Path(config.out)
    with Manifest(out) as manifest:
        with open_engine(config, plugins) as (engine, facts):
            card = facts.card
            # What is refused is refused before hours of work.
            policy = dict(build_events(plugins, config.events, card).policy)
            plan = Plan(
                card=card,
                model_id=model_id(card, config.model.name),
                prepare=facts.prepare,
                chunk_seconds=config.chunk_seconds if facts.prepare else None,
                cache=out / "cache",
            )
            store = Store(out / "work", plan.model_id)
            result = BatchResult(
                out=str(out),
                drives=len(uris),
                runs_on=dict(facts.runs_on),
                batch_size=facts.batch_size,
            )
            run = BatchRun(
                plan,
                manifest,
                store,
                lambda entry: on_drive(entry, len(uris)) if on_drive else None,
            )
            try:
                run.run(uris, engine)
            except OSError as error:
                if isinstance(error, EdgevidError):
                    raise
                raise BatchError(_cannot_write(out, error)) from error
            if engine.work is not None:
                result.spent.add(engine.work)
        result.scored_now = run.num_scored
        entries = [manifest.drives[plain(redact(uri))] for uri in uris]
        try:
            with tables.running():
                rows = _write(config, plugins, card, policy, store, entries, result)
            if config.report:
                subject = _subject(config, plugins, card, policy, store, uris, rows, result)
                result.report = str(write_report(subject))
        except OSError as error:
            raise BatchError(_cannot_write(out, error)) from error
    return result, run.video_seconds


def _subject(
    config: BatchConfig,
    plugins: Plugins,
    card: Card,
    policy: dict[str, Any],
    store: Store,
    uris: Sequence[str],
    rows: Mapping[str, list[dict[str, Any]]],
    result: BatchResult,
) -> Subject:
    """What the report is about."""
    return Subject(
        out=Path(config.out),
        drives=rows["drives"],
        events=rows["events"],
        availability=rows["availability"],
        uris={plain(redact(uri)): uri for uri in uris},
        card=card,
        policy=policy,
        runs_on=result.runs_on,
        store=store,
        open_model=lambda: build_model(plugins, config.model, config.backend).model,
    )


def _cannot_write(out: Path, error: OSError) -> str:
    return (
        f"--out {out}: cannot be written: {error.strerror or error}; what was done is kept: make "
        f"room and run the same again"
    )


def _write(
    config: BatchConfig,
    plugins: Plugins,
    card: Card,
    policy: dict[str, Any],
    store: Store,
    entries: Sequence[Entry],
    result: BatchResult,
) -> dict[str, list[dict[str, Any]]]:
    """Tables of all drives, and their rows."""
    rows: dict[str, list[dict[str, Any]]] = {"drives": [], "events": [], "availability": []}
    if config.scores:
        rows["scores"] = []
    for entry in entries:
        scored = store.whole(entry.sha256 or "") if entry.state == "done" else None
        if scored is None:
            result.failed[entry.uri] = entry.error or "its scores cannot be read back"
            rows["drives"].append(drive_row(entry, card, policy, None, None))
            continue
        result.done += 1
        told, session = _told(config, plugins, card, entry, scored, result.runs_on)
        result.events += len(told.events)
        rows["drives"].append(drive_row(entry, card, policy, told, scored))
        rows["events"] += event_rows(entry, session, told)
        rows["availability"] += availability_rows(entry, told)
        if config.scores:
            rows["scores"] += score_rows(entry, scored, card.class_names)
    for name, schema in schemas(card.class_names).items():
        if name in rows:
            path = Path(config.out) / f"{name}.parquet"
            write_table(path, schema, rows[name])
            result.files.append(str(path))
    return rows


def _told(
    config: BatchConfig,
    plugins: Plugins,
    card: Card,
    entry: Entry,
    scored: Scored,
    runs_on: dict[str, Any],
) -> tuple[Told, Session]:
    info = replace(SourceInfo(**(entry.source or {})), uri=entry.uri)
    engine = build_events(plugins, config.events, card)
    # As of the file itself, which may lie elsewhere or nowhere by now.
    drive_id = f"{entry.uri.rpartition('/')[2]}|{entry.size_bytes}"
    session = Session(
        source=info,
        card=card,
        runs_on=runs_on,
        run_id="",
        started_at="",
        drive_id=drive_id,
        policy=engine.policy,
    )
    with engine:
        told = events_of(scored, engine, drive_id, info.uri, card.max_gap_seconds)
    return told, session
