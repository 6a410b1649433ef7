"""Runs a model over the drives of a truth, one event file each; existing results are reused."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgevid_synth import for_each

from edgevid import Card, ConfigError, EdgevidError, RunConfig
from edgevid import run as run_config
from edgevid.errors import one_line
from edgevid.io import atomic_path
from edgevid.pipeline import build_model
from edgevid.records import EventLines, ModelLine
from edgevid_train.data.media import name_list
from edgevid_train.evaluation.events.policies import Engines, config_of, plugins
from edgevid_train.evaluation.events.replay import read_recording, rewrite
from edgevid_train.evaluation.events.truth import TrueDrive

ABOUT = "about.json"


@dataclass(frozen=True)
class Job:
    """One drive to analyse."""

    video: Path
    target: Path
    config: RunConfig
    engines: Engines
    policy: Mapping[str, Any]
    """Policy of the engine, as an event file has it."""


def run_drives(
    truth: Sequence[TrueDrive],
    model: str,
    values: Mapping[str, Any],
    folder: Path,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Path], Engines]:
    """Event files with predictions of every drive, and what made their events.

    A file of the same model is reused; under another policy its predictions get new events.

    Args:
        truth: Drives whose videos are there.
        model: A registered name, or a bundle.
        values: Configuration: ``events``, ``model`` options, ``backend``.
        folder: Where the event files go.
        workers: Processes.
        progress: Called with drives done and drives in all.

    Raises:
        ConfigError: If a video is missing, or a drive failed; the others are done then.
        EdgevidError: If the model or the policy is not accepted.
    """
    config = config_of(_with_model(values, model))
    engines, policy = _prepared(config)
    missing = [drive.file.name for drive in truth if not drive.file.is_file()]
    if missing:
        raise ConfigError(
            f"{len(missing)} of {len(truth)} videos are not there: {name_list(missing)}; give "
            f"event files instead of a model, or the videos"
        )
    targets = _targets(truth, folder)
    _forget_others(folder, config, targets)
    jobs = [
        Job(drive.file, target, config, engines, policy)
        for drive, target in zip(truth, targets, strict=True)
    ]
    failed: list[str] = []
    for done, error in enumerate(for_each(analyse, jobs, workers=workers), start=1):
        failed += [error] if error else []
        progress(done, len(jobs))
    if failed:
        raise ConfigError(
            f"{len(failed)} of {len(jobs)} drives failed, the others are written: {failed[0]}"
        )
    return targets, engines


def analyse(job: Job) -> str | None:
    """Do one job, unless its result is there; returns what went wrong, if anything did."""
    try:
        if not _is_kept(job):
            _run(job)
    except (EdgevidError, OSError) as error:
        return f"{job.video.name}: {one_line(error)}"
    return None


def _run(job: Job) -> None:
    with atomic_path(job.target) as part:
        _run_into(job, part)


def _run_into(job: Job, part: Path) -> None:
    sink = {"name": "jsonl", "target": str(part), "options": {"predictions": True}}
    values = job.config.model_dump() | {
        "source": {"uri": str(job.video)},
        "sinks": [sink],
        "explainer": None,
        "overlays": [],
    }
    result = run_config(RunConfig.model_validate(values), plugins=plugins())
    if result.exit_code:
        raise ConfigError("; ".join(result.errors) or result.status)


def _is_kept(job: Job) -> bool:
    """Whether the result is there; a policy that differs is applied first."""
    try:
        if job.target.stat().st_mtime < job.video.stat().st_mtime:
            return False
        session = EventLines(job.target).session
        if session.model != _model_line(job.engines.card):
            return False
        if session.policy.model_dump(exclude_unset=True) != job.policy:
            rewrite(read_recording(job.target), job.engines.make(), job.engines.card)
    except (EdgevidError, FileNotFoundError):
        return False
    return True


def _with_model(values: Mapping[str, Any], model: str) -> dict[str, Any]:
    model_values = values.get("model")
    options = model_values.get("options", {}) if isinstance(model_values, dict) else {}
    return {**values, "model": {"name": model, "options": options}}


def _prepared(config: RunConfig) -> tuple[Engines, dict[str, Any]]:
    built = build_model(plugins(), config.model, config.backend, want_saliency=False)
    engines = Engines(config.events, built.model.card)
    built.model.close()
    engine = engines.make()
    policy = json.loads(json.dumps(dict(engine.policy), default=str))
    engine.close()
    return engines, policy


def _model_line(card: Card) -> ModelLine:
    return ModelLine(
        name=card.name, version=card.version, sha256=card.sha256, class_names=card.class_names
    )


def _targets(truth: Sequence[TrueDrive], folder: Path) -> list[Path]:
    counts = Counter(drive.name for drive in truth)
    return [
        folder / (f"{d.name}.jsonl" if counts[d.name] == 1 else f"{d.name}-{_digest(d)}.jsonl")
        for d in truth
    ]


def _digest(drive: TrueDrive) -> str:
    """Tells drives of one name in several folders apart."""
    return hashlib.sha256(str(drive.file.resolve()).encode("utf-8", "replace")).hexdigest()[:8]


def _forget_others(folder: Path, config: RunConfig, targets: Sequence[Path]) -> None:
    """Results of other options of the model or backend are no results of this one."""
    about = json.dumps(config.model_dump(mode="json", include={"model", "backend"}), indent=1)
    path = folder / ABOUT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != about:
            for target in targets:
                target.unlink(missing_ok=True)
            path.write_text(about, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder}: results cannot be written: {error.strerror or error}; give another --output"
        ) from error
