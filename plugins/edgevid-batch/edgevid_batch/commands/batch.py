"""``edgevid batch``: many recorded drives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from edgevid.cli import (
    SHARED_KEYS,
    BackendOption,
    ConfigOption,
    JsonOption,
    ModelOption,
    ProfileOption,
    QuietOption,
    RequireOption,
    SetOption,
    err,
    loaded_plugins,
    out,
    override_inner,
)
from edgevid.config import apply_override, build_section, read_values
from edgevid.errors import ConfigError

if TYPE_CHECKING:
    from edgevid_batch.config import BatchConfig
    from edgevid_batch.manifest import Entry
    from edgevid_batch.runner import BatchResult
    from edgevid_batch.timings import Timings

_PANEL = "Everything else"
_FLAGS = ("engine", "workers", "batch_size", "chunk_seconds", "scores", "report", "telemetry")
_INNER_FLAGS = {
    **SHARED_KEYS,
    "ray.address": "address",
    "ray.scorers": "scorers",
    "ray.gpus_per_scorer": "gpus_per_scorer",
}


def batch(
    drives: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, globs, @LIST, s3://…, SCHEME:…", show_default=False),
    ] = None,
    out_: Annotated[
        str | None,
        typer.Option("--out", "-o", help="Output directory. Existing results are reused."),
    ] = None,
    model: ModelOption = None,
    profile: ProfileOption = None,
    scores: Annotated[
        bool | None, typer.Option("--scores", help="Also write the mean scores of every second.")
    ] = None,
    report: Annotated[
        bool | None,
        typer.Option("--report/--no-report", help="Write report.html, with images of events."),
    ] = None,
    telemetry: Annotated[
        str | None,
        typer.Option(
            "--telemetry",
            help="Sidecar file with the speed: '{drive.parent}/{drive.stem}.csv'.",
        ),
    ] = None,
    config: ConfigOption = None,
    set_: SetOption = None,
    backend: BackendOption = None,
    require: RequireOption = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="local or ray.", rich_help_panel=_PANEL)
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--address", help="ray: HOST:PORT of the head node.", rich_help_panel=_PANEL),
    ] = None,
    scorers: Annotated[
        int | None, typer.Option("--scorers", help="ray: number of models.", rich_help_panel=_PANEL)
    ] = None,
    gpus_per_scorer: Annotated[
        float | None,
        typer.Option(
            "--gpus-per-scorer", help="ray: 0.25 lets four share one.", rich_help_panel=_PANEL
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="Number of decoder processes.", rich_help_panel=_PANEL),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option("--batch-size", help="Streams per inference step.", rich_help_panel=_PANEL),
    ] = None,
    chunk_seconds: Annotated[
        float | None,
        typer.Option(
            "--chunk-seconds",
            help="Approximate length of the chunks of a drive.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Analyse recorded drives into tables; existing results are reused.

    The exit code is the number of drives that failed, at most 100.

    Examples:
        edgevid batch archive/ --out results

        edgevid batch 'archive/**/*.mp4' @more.txt --out results --profile fleet --scores
    """
    wanted = _config(locals())
    return _run(wanted, json_=json_, quiet=quiet)


def _config(given: dict[str, Any]) -> BatchConfig:
    from edgevid_batch.config import BatchConfig

    path: str | None = given["config"]
    values, where = read_values(path) if path else ({}, "command line")
    named = {"drives": given["drives"] or None, "out": given["out_"]}
    for key, value in {**named, **{key: given[key] for key in _FLAGS}}.items():
        if value is not None:
            values[key] = value
    override_inner(values, given, _INNER_FLAGS)
    for override in given["set_"] or ():
        apply_override(values, override)
    for key, example in (("drives", "edgevid batch archive/ --out results"), ("out", "--out DIR")):
        if not values.get(key):
            raise ConfigError(f"no {key} given; for example: {example}")
    return build_section(BatchConfig, values, where)


def _run(config: BatchConfig, *, json_: bool, quiet: bool) -> int:
    from edgevid_batch.runner import run_batch

    console = err()
    columns = (
        TextColumn("{task.fields[text]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    hidden = quiet or json_ or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("drives", total=None, text="reading")

        def on_drive(entry: Entry, total: int) -> None:
            name = entry.uri.rpartition("/")[2]
            bar.update(task, total=total, advance=1, text=name[-40:])
            if entry.state == "failed" and not quiet and not json_:
                bar.console.print(f"failed: {entry.error}", markup=False, soft_wrap=True)

        result = run_batch(config, loaded_plugins(), on_drive)
    if json_:
        print(result.model_dump_json(indent=2))
    elif not quiet:
        _show(result)
    return result.exit_code


def _show(result: BatchResult) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    before = result.done - result.scored_now
    known = f", {before} of them before" if before > 0 else ""
    table.add_row("drives", f"{result.drives}: {result.done} done{known}")
    if result.failed:
        table.add_row("failed", f"{len(result.failed)}; reasons are in drives.parquet")
    if result.warnings:
        table.add_row("faulty", f"{len(result.warnings)} of them; see warnings in drives.parquet")
    if result.telemetry is not None:
        why = "" if result.telemetry == result.done else "; reasons are in drives.parquet"
        table.add_row("telemetry", f"of {result.telemetry} drives{why}")
    table.add_row("events", str(result.events))
    runs_on = result.runs_on
    table.add_row("ran on", f"{runs_on.get('backend')}, {runs_on.get('provider')}")
    if result.scored_now:
        table.add_row("time", _time(result.timings))
    for path in result.files:
        table.add_row("written", path)
    if result.report:
        table.add_row("report", result.report)
    out().print(table)


def _time(timings: Timings) -> str:
    text = (
        f"{timings.wall_seconds:.0f} s for {timings.video_hours:.2f} hours of video, "
        f"{timings.video_hours_per_hour:.0f} hours in an hour"
    )
    if timings.decode_core_seconds is None or timings.inference_core_seconds is None:
        return text
    return (
        f"{text}; of the processors' time {timings.decode_core_seconds:.0f} s went into decoding, "
        f"{timings.inference_core_seconds:.0f} s into the model"
    )
