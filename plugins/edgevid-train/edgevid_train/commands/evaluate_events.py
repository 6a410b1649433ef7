"""``edgevid evaluate --events``: results, or a model, against the truth about whole drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from edgevid import ConfigError
from edgevid.cli import progress_bar
from edgevid_train.commands.options import read_options

if TYPE_CHECKING:
    from edgevid_train.evaluation.events.pairing import Pair
    from edgevid_train.evaluation.events.policies import Engines
    from edgevid_train.evaluation.events.result import DriveResult
    from edgevid_train.evaluation.events.schema import CurvePoint
    from edgevid_train.evaluation.events.truth import TrueDrive

RESULTS = "results"
"""Folder of the event files of a model that was run, within the report's folder."""


@dataclass(frozen=True)
class EventsRequest:
    """Options of the command line."""

    truth: Path
    inputs: tuple[str, ...]
    """Event files and folders of them, or one model."""
    output: Path
    split: str | None = None
    adapter: str | None = None
    options: tuple[str, ...] = ()
    profile: str | None = None
    sets: tuple[str, ...] = ()
    reapply: bool = False
    curve: bool = False
    background: str | None = None
    bundle: Path | None = None
    workers: int = 1
    write_policy: bool = False


@dataclass(frozen=True)
class _Results:
    """Results of all drives, and engines that can replay their predictions."""

    results: list[DriveResult]
    engines: Engines | None = None
    warnings: tuple[str, ...] = ()


def evaluate_events(request: EventsRequest) -> None:
    """Evaluate events, write the report and print a summary.

    Raises:
        EdgevidError: With one line that says what is wrong.
    """
    from edgevid_train.evaluation.events.pairing import pair_up
    from edgevid_train.evaluation.events.policies import shipped_options
    from edgevid_train.evaluation.events.report import evaluate_events as evaluate
    from edgevid_train.evaluation.events.truth import read_truth
    from edgevid_train.evaluation.events.writing import summary, write_events_report

    bundle = _bundle_to_write(request) if request.write_policy else None
    truth = read_truth(
        request.truth,
        adapter=request.adapter,
        options=read_options(request.options),
        split=request.split,
    )
    found = _results(request, truth)
    pairs, doubts = pair_up(truth, found.results)
    engines, policy = found.engines, found.results[0].policy
    report = evaluate(
        pairs,
        background=request.background,
        options=engines.options() if engines else shipped_options(policy),
        curve=_curve(request, pairs, engines) if request.curve and engines else (),
        warnings=[*found.warnings, *doubts],
    )
    for path in write_events_report(report, request.output):
        if path.suffix == ".md":
            typer.echo(f"report: {path}")
    for line in report.warnings:
        typer.echo(f"warning: {line}", err=True)
    typer.echo(summary(report))
    if bundle is not None:
        _write_policy(request, bundle)


def _bundle_to_write(request: EventsRequest) -> Path:
    """The bundle whose card gets the policy; checked before hours of work."""
    from edgevid.pipeline import find_bundle
    from edgevid_train.evaluation.events.policies import plugins

    if not any(text.startswith("events.options.") for text in request.sets):
        raise ConfigError(
            "--write-policy: nothing to write; give the policy's numbers by --set events.options.…"
        )
    if request.bundle is not None:
        return request.bundle
    model = _model(request.inputs)
    if model is None:
        raise ConfigError(
            "--write-policy: give the bundle whose card gets the policy: --bundle FILE"
        )
    return find_bundle(plugins(), model)


def _write_policy(request: EventsRequest, bundle: Path) -> None:
    from edgevid_train.evaluation.events.policies import run_values
    from edgevid_train.evaluation.stamp import stamp_card

    policy = run_values(None, request.sets)["events"]["options"]
    stamp_card(bundle, {"event_policy": policy})
    typer.echo(f"{bundle}: its card carries this policy now")


def _results(request: EventsRequest, truth: Sequence[TrueDrive]) -> _Results:
    from edgevid_train.evaluation.events.pairing import result_files
    from edgevid_train.evaluation.events.policies import run_values
    from edgevid_train.evaluation.events.result import read_result
    from edgevid_train.evaluation.events.running import run_drives

    values = run_values(request.profile, request.sets)
    model = _model(request.inputs)
    if model is not None:
        with progress_bar("drives analysed") as show:
            files, engines = run_drives(
                truth,
                model,
                values,
                request.output / RESULTS,
                workers=request.workers,
                progress=show,
            )
        return _Results([read_result(path) for path in files], engines)
    others = [key for key in values if key != "events"]
    if others:
        raise ConfigError(
            f"--set {others[0]}: the results are there already; accepted are keys of events"
        )
    files = result_files(request.inputs)
    again = request.reapply or bool(values)
    if request.bundle is not None and not (again or request.curve):
        raise ConfigError(
            f"--bundle {request.bundle}: the results are scored as they are; give --reapply, "
            f"--profile or --curve, too"
        )
    results = [] if again else [read_result(path) for path in files]
    if again or request.curve:
        if not again:
            values = run_values(_profile_of(results[0]), ())
        engines, warnings = _engines(request, files[0], values)
        return _Results(results or _replayed(files, engines, request.workers), engines, warnings)
    return _Results(results)


def _profile_of(result: DriveResult) -> str:
    from edgevid_train.evaluation.events.policies import shipped_options

    if shipped_options(result.policy) is None:
        raise ConfigError(
            f"{result.path}: its policy {result.policy.get('name')!r} is not built in, or was "
            f"changed; set the start of the curve with --profile and --set"
        )
    return str(result.policy["name"])


def _model(inputs: Sequence[str]) -> str | None:
    """The model's name, if the inputs are a model instead of results."""
    from edgevid_train.evaluation.events.policies import plugins

    if not inputs:
        raise ConfigError(
            "no results given; give event files (.jsonl), a folder of them or a model"
        )
    name = inputs[0]
    is_bundle = name.lower().endswith(".onnx")
    is_path = Path(name).exists() or "/" in name or name.endswith(".jsonl")
    if not is_bundle and is_path:
        return None
    if len(inputs) > 1:
        raise ConfigError(f"{name} is a model; give one model, or only results")
    if name == "default":
        # The registry says what the default model is called.
        return str(plugins().models[name])
    if not is_bundle and name not in plugins().models:
        raise ConfigError(
            f"{name}: there is no such file and no such model; give event files (.jsonl), a folder "
            f"of them, a bundle, or one of {', '.join(plugins().models)}"
        )
    return name


def _engines(
    request: EventsRequest, file: Path, values: dict[str, Any]
) -> tuple[Engines, tuple[str, ...]]:
    """Engines for stored predictions, and warnings about their card."""
    from edgevid import read_card
    from edgevid_train.evaluation.events.policies import Engines, card_of, config_of
    from edgevid_train.evaluation.events.replay import read_recording

    known = read_card(request.bundle) if request.bundle is not None else None
    card, warning = card_of(read_recording(file), known)
    return Engines(config_of(values).events, card), (warning,) if warning else ()


def _replayed(files: Sequence[Path], engines: Engines, workers: int) -> list[DriveResult]:
    from edgevid_synth import for_each

    from edgevid_train.evaluation.events.policies import replay_file

    results = []
    with progress_bar("drives replayed") as show:
        for result in for_each(partial(replay_file, engines), files, workers=workers):
            results.append(result)
            show(len(results), len(files))
    return results


def _curve(request: EventsRequest, pairs: Sequence[Pair], engines: Engines) -> list[CurvePoint]:
    from edgevid_train.evaluation.events.curve import sweep

    with progress_bar("drives at all thresholds") as show:
        return sweep(
            [(drive, result.path) for drive, result in pairs],
            engines,
            background=request.background,
            workers=request.workers,
            progress=show,
        )
