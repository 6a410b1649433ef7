"""``edgevid bench``: measure this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from edgevid.cli import loaded_plugins, out, steps
from edgevid.config import load_config
from edgevid.errors import ConfigError
from edgevid.io import write_atomic
from edgevid.pipeline import find_bundle

if TYPE_CHECKING:
    from edgevid_bench.batch_report import BatchReport
    from edgevid_bench.models_report import ModelsReport

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure this machine."""


@app.command("backends")
def bench_backends(
    bundles: Annotated[
        list[str], typer.Argument(help="Bundles of one size; driver is the default model.")
    ],
    threads: Annotated[
        list[int] | None, typer.Option("--threads", min=1, help="Repeatable; 1 by default.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option("--batch", min=1, help="Streams per step; repeatable.")
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 5,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write JSON here.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Inference alone: every backend, precision, batch and thread count, alternating.

    Example: edgevid bench backends my.onnx my.int8.onnx --threads 1 --threads 2 --batch 1 --batch 4
    """
    from edgevid_bench.backends import bench_backends as measure

    paths = [find_bundle(loaded_plugins(), name) for name in bundles]
    _check_output(output)
    with steps() as on_step:
        report = measure(
            loaded_plugins(), paths, threads=threads or [1], batches=batch or [1], rounds=rounds,
            on_step=on_step,
        )  # fmt: skip
    if _stored(report, output, json_):
        return
    table = Table("bundle", "precision", "backend", "threads", "batch", "ms per frame", "ratio")
    for row in report.rows:
        table.add_row(
            Text(row.bundle), row.precision, f"{row.backend} {row.provider}", str(row.threads),
            str(row.batch), f"{row.time.ms_per_frame:.2f}", f"{row.ratio:.2f}",
        )  # fmt: skip
    console = out()
    console.print(f"{report.machine}, {report.cores} cores", markup=False)
    console.print(table)
    for what, reason in report.absent.items():
        console.print(f"cannot run here: {what}: {reason}", markup=False, soft_wrap=True)


def _check_output(output: str | None) -> None:
    """Before minutes are measured, not after."""
    if output and not Path(output).resolve().parent.is_dir():
        raise ConfigError(f"--output {output}: its folder does not exist")


def _stored(report: BaseModel, output: str | None, json_: bool) -> bool:
    """Write the report where it was asked for; whether nothing else is to be shown."""
    if output:
        _write(report, Path(output))
    if json_:
        print(report.model_dump_json(indent=2))
    return json_


def _write(report: BaseModel, path: Path) -> None:
    try:
        write_atomic(path, (report.model_dump_json(indent=2) + "\n").encode())
    except OSError as error:
        raise ConfigError(f"--output {path}: cannot be written: {error.strerror}") from error


@app.command("batch")
def bench_batch(
    drives: Annotated[
        list[str] | None,
        typer.Argument(help="Drives as in edgevid batch. Default: synthetic drives."),
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="A bundle or a name.")] = "driver",
    backend: Annotated[str, typer.Option("--backend", help="As in edgevid run.")] = "auto",
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Number of worker processes. Default: one per core."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, help="Length of each synthetic drive, minutes.")
    ] = 3.0,
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 5,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write JSON here.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """A whole batch, its decoding and its inference alone, and edgevid run file by file.

    Every round measures everything once, so that a machine that drifts hits all alike; medians are
    reported. Batch and runs are commands with all that belongs to them, their start too.

    Example: edgevid bench batch archive/ --rounds 3
    """
    from edgevid_bench.batch import bench_batch as measure

    _check_output(output)
    with steps() as on_step:
        report = measure(
            loaded_plugins(), drives or (), model=model, backend=backend, workers=workers,
            minutes=minutes, rounds=rounds, on_step=on_step,
        )  # fmt: skip
    if not _stored(report, output, json_):
        _show_batch(report)


def _show_batch(report: BatchReport) -> None:
    table = Table(
        "what", "s", "fastest - slowest round", "hours of video/h", "core-s/hour of video"
    )
    for row in report.rows:
        table.add_row(
            row.name, f"{row.seconds:.1f}", f"{row.seconds_low:.1f} - {row.seconds_high:.1f}",
            f"{row.video_hours_per_hour:.0f}", f"{row.core_seconds_per_video_hour:.0f}",
        )  # fmt: skip
    console = out()
    console.print(f"{report.machine}, {report.cores} cores", markup=False)
    console.print(f"{report.model}, {report.runs_on}; {report.drives}", markup=False)
    console.print(table)
    for ratio in report.ratios:
        aim = "" if ratio.target is None else f" (target {ratio.target:g})"
        console.print(f"edgevid batch: {ratio.ratio:.2f} {ratio.name}{aim}", markup=False)
    shares = ", ".join(f"{name} {part:.0%}" for name, part in report.shares.model_dump().items())
    console.print(f"processor time: {shares}; limited by {report.limited_by}", markup=False)


@app.command("models")
def bench_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Architectures; all that are registered if there are none."),
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="The narrow networks that the tests use.")
    ] = False,
    num_classes: Annotated[int, typer.Option("--num-classes", min=1)] = 400,
    backend: Annotated[
        Literal["onnxruntime", "torch"],
        typer.Option("--backend", help="On the CPU; onnxruntime exports each network first."),
    ] = "onnxruntime",
    threads: Annotated[int, typer.Option("--threads", min=1)] = 1,
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 5,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only those that --output has not measured yet.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Write JSON here, network by network; others stay."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Speed of architectures with random weights, each in turns with its baseline.

    The baseline is TSN of the same backbone, or the same network without a memory. Ratios are
    medians over the rounds: of the time for one frame of a clip, and for one clip; 8 frames count
    as a clip of networks that were not made for clips. New frame is what a live stream costs,
    where a clip runs at every stride. Exporting takes up to minutes for each network.

    Examples:
        edgevid bench models tsm_resnet50 tsm_resnet50_offline

        edgevid bench models --threads 2 --output speed.json --missing
    """
    from edgevid_bench.models import bench_models as measure
    from edgevid_bench.models_report import ModelsReport

    _check_output(output)
    if missing and not output:
        raise ConfigError("--missing needs --output FILE, which holds what has been measured")
    target = Path(output) if output else None
    known = ModelsReport.read(target) if target and target.exists() else None

    def store(report: ModelsReport) -> None:
        if target:
            _write(report, target)

    with steps() as on_step:
        report = measure(
            loaded_plugins(), names or (), small=small, num_classes=num_classes, backend=backend,
            threads=threads, rounds=rounds, known=known, only_missing=missing,
            on_step=on_step, on_row=store,
        )  # fmt: skip
    if json_:
        print(report.model_dump_json(indent=2))
        return
    console = out()
    console.print(f"{report.machine}, {report.cores} cores", markup=False)
    console.print(f"{report.backend} on {report.threads} thread(s), {report.rounds} rounds")
    for baseline in dict.fromkeys(row.baseline for row in report.rows):
        console.print(_speeds(report, baseline))
    for what, reason in report.absent.items():
        console.print(f"not measured: {what}: {reason}", markup=False, soft_wrap=True)


def _speeds(report: ModelsReport, baseline: str | None) -> Table:
    title = f"to {baseline}" if baseline else "alone"
    table = Table(title, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("ms/clip", "ms/new frame", "per frame", "per clip", "MACs"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in report.rows:
        if row.baseline == baseline:
            ratios = (row.ratio_per_frame, row.ratio_per_clip, row.macs_ratio_per_clip)
            table.add_row(
                row.name, f"{row.ms_per_clip:.1f}", f"{row.ms_per_new_frame:.1f}",
                *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
            )  # fmt: skip
    return table


@app.command("run")
def bench_run(
    source: Annotated[
        str | None, typer.Argument(help="A video file. Default: a synthetic 720p clip.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="A bundle or a name. Default: driver."),
    ] = None,
    config: Annotated[str | None, typer.Option("--config", "-c", help="A YAML file.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE.")] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 5,
    frames: Annotated[
        int, typer.Option("--frames", min=60, help="Frames of the synthetic clip.")
    ] = 300,
    live_seconds: Annotated[
        float, typer.Option("--live-seconds", min=0, help="Paced run; 0 leaves it out.")
    ] = 10.0,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write JSON here.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Each stage alone; the pipeline over all, and a plain loop; latency of a paced source.

    Everything is measured once in each round, so that a machine that drifts hits all alike;
    medians are reported. The model analyses every frame, whatever its card's rate.

    Example: edgevid bench run --model tsm.onnx --rounds 7
    """
    from edgevid.config import apply_override, build_config
    from edgevid_bench.run import bench_run as measure

    base = load_config(config, set_ or ()) if config else None
    if base is None and set_:
        values: dict[str, Any] = {"source": "none", "sinks": []}
        for override in set_:
            apply_override(values, override)
        base = build_config(values, "command line")
    _check_output(output)
    with steps() as on_step:
        report = measure(
            loaded_plugins(),
            base,
            model=model,
            uri=source,
            rounds=rounds,
            live_seconds=live_seconds,
            frames=frames,
            on_step=on_step,
        )
    if _stored(report, output, json_):
        return
    table = Table("what", "ms per frame", "fastest - slowest round", "frames/s")
    for row in report.rows:
        spread = f"{row.ms_low:.2f} - {row.ms_high:.2f}"
        table.add_row(row.name, f"{row.ms_per_frame:.2f}", spread, f"{row.frames_per_second:.0f}")
    console = out()
    console.print(f"{report.machine}, {report.cores} cores", markup=False)
    console.print(f"{report.model}, {report.runs_on}; {report.source}", markup=False)
    console.print(table)
    for name, ratio in report.ratios.items():
        console.print(f"{name}: {ratio:.2f} of its slowest stage alone", markup=False)
    if live := report.live:
        console.print(
            f"live at {live.source_rate_hz:.1f} frames/s for {live.seconds:.0f} s: grab to "
            f"prediction p50 {live.p50_ms:.1f} ms, p95 {live.p95_ms:.1f} ms, "
            f"{live.frames_dropped} dropped, {live.cpu_ms_per_frame:.1f} CPU ms per frame"
        )
