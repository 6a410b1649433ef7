"""``edgevid batch``: from drives to tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from edgevid.config import PluginConfig
from edgevid.errors import BatchError, ConfigError, EdgevidError
from edgevid.pipeline import build_events, build_model, build_overlays
from edgevid.plugins import Plugins
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.coordinator import Coordinator, Plan
from edgevid_batch.copies import Copies
from edgevid_batch.drives import expand
from edgevid_batch.engines.choose import open_engine
from edgevid_batch.identity import model_id
from edgevid_batch.manifest import BatchManifest, Entry
from edgevid_batch.names import names_of
from edgevid_batch.outputs import Outputs
from edgevid_batch.report import NAME, Subject, missing_library, write_report
from edgevid_batch.report.study_sections import study_sections
from edgevid_batch.sources import Sources
from edgevid_batch.store import Store
from edgevid_batch.tables import arrow
from edgevid_batch.telemetry import Telemetry
from edgevid_batch.timings import Clock, Timings

_logger = logging.getLogger(__name__)


class BatchResult(BaseModel):
    """Result of a batch."""

    out: str
    drives: int
    done: int = 0
    failed: dict[str, str] = Field(
        default_factory=dict, description="Failed drives and the reasons."
    )
    warnings: dict[str, str] = Field(
        default_factory=dict,
        description="Drives that were analysed although something is wrong with the recording.",
    )
    scored_now: int = Field(
        default=0, description="Drives scored in this run; the others were done before."
    )
    events: int = 0
    telemetry: int | None = Field(
        default=None,
        description="Drives whose sidecar files were all read; null if none were wanted.",
    )
    runs_on: dict[str, Any] = Field(description="Backend and provider that ran.")
    batch_size: int = Field(default=1, description="Streams per inference step.")
    files: list[str] = Field(default_factory=list, description="Tables written.")
    report: str | None = Field(default=None, description="Path of the report, if one was written.")
    timings: Timings = Field(default_factory=Timings, description="Timings of this run.")

    @property
    def exit_code(self) -> int:
        """Number of failed drives, 100 at most; 0 if all are done."""
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
    result.timings.tables_seconds = round(tables.seconds, 3)
    result.timings.finish(everything.seconds, video_seconds)
    return result


def _run(
    config: BatchConfig,
    plugins: Plugins,
    on_drive: Callable[[Entry, int], None] | None,
    tables: Clock,
) -> tuple[BatchResult, float]:
    """The result, and seconds of video that were scored."""
    out = Path(config.out)
    # Clips of events and copies of drives are no drives.
    sources = Sources.of(plugins)
    uris = expand(config.drives, leave_out=out, sources=sources)
    names = names_of(uris)
    with BatchManifest(out) as manifest:
        with open_engine(config, plugins) as (engine, facts):
            card = facts.card
            # What is refused is refused before hours of work.
            policy = dict(build_events(plugins, config.events, card).policy)
            plan = Plan(
                card=card,
                model_id=model_id(card, config, facts.runs_on),
                policy_sha256=str(policy.get("sha256")),
                names=names,
                prepare=facts.prepare,
                chunk_seconds=config.chunk_seconds if facts.may_cut else None,
                copies=Copies.of(config),
                sources=sources,
            )
            telemetry = Telemetry(config.telemetry, plugins, plan.copies)
            store = Store(out / "work", plan.model_id)
            result = BatchResult(
                out=str(out),
                drives=len(uris),
                runs_on=dict(facts.runs_on),
                batch_size=facts.batch_size,
            )
            notify = on_drive or (lambda entry, total: None)
            run = Coordinator(plan, manifest, store, lambda entry: notify(entry, len(uris)))
            with _written_to(out):
                run.run(uris, engine)
            if engine.work is not None:
                result.timings.add(engine.work)
        result.scored_now = run.num_scored
        entries = [manifest.drives[names[uri]] for uri in uris]
        with _written_to(out):
            with tables.running():
                made = Outputs(config, plugins, card, policy, result.runs_on, telemetry)
                _make(made, store, dict(zip(uris, entries, strict=True)), result)
                result.files = made.write(out)
                result.telemetry = made.num_measured
            if config.report:
                subject = _subject(config, plugins, plan, policy, store, made.rows, result)
                subject = replace(
                    subject,
                    sections=study_sections(made.study),
                    versions={entry.uri: entry.version for entry in entries},
                )
                result.report = str(write_report(subject))
            else:
                # It would be of other drives, or of another policy.
                (out / NAME).unlink(missing_ok=True)
    return result, run.video_seconds


def _subject(
    config: BatchConfig,
    plugins: Plugins,
    plan: Plan,
    policy: dict[str, Any],
    store: Store,
    rows: Mapping[str, list[dict[str, Any]]],
    result: BatchResult,
) -> Subject:
    """The finished batch, as its report needs it."""
    return Subject(
        out=Path(config.out),
        drives=rows["drives"],
        events=rows["events"],
        availability=rows["availability"],
        uris={name: uri for uri, name in plan.names.items()},
        copies=plan.copies,
        card=plan.card,
        policy=policy,
        runs_on=result.runs_on,
        store=store,
        sources=plan.sources,
        open_heatmap=lambda: build_overlays(plugins, [PluginConfig(name="heatmap")])[0].overlay,
        open_model=lambda: build_model(plugins, config.model, config.backend).model,
    )


@contextmanager
def _written_to(out: Path) -> Iterator[None]:
    """Turn errors of the output folder into one that stops the batch."""
    try:
        yield
    except OSError as error:
        if isinstance(error, EdgevidError):
            raise
        raise BatchError(
            f"--out {out}: cannot be written: {error.strerror or error}; what was done is kept: "
            f"make room and run the same again"
        ) from error


def _make(made: Outputs, store: Store, entries: Mapping[str, Entry], result: BatchResult) -> None:
    """Rows of all drives."""
    for uri, entry in entries.items():
        scored = store.whole(entry.sha256 or "") if entry.state == "done" else None
        if scored is None:
            error = entry.error or "its scores cannot be read back; run the same again"
            result.failed[entry.uri] = error
            made.add_failed(entry.model_copy(update={"state": "failed", "error": error}))
            continue
        result.done += 1
        if scored.warnings:
            result.warnings[entry.uri] = "; ".join(scored.warnings)
        result.events += made.add(uri, entry, scored)
