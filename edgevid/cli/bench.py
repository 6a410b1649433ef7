"""``edgevid bench``: measure this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from edgevid.cli.session import err, loaded_plugins, out
from edgevid.config import load_config

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure this machine."""


@app.command("run")
def bench_run(
    source: Annotated[
        str | None, typer.Argument(help="A video file; a 720p clip is made if none is given.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="A bundle or a name; driver if none is given."),
    ] = None,
    config: Annotated[str | None, typer.Option("--config", "-c", help="A YAML file.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE.")] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 5,
    frames: Annotated[int, typer.Option("--frames", min=60, help="Of the clip made.")] = 300,
    live_seconds: Annotated[
        float, typer.Option("--live-seconds", min=0, help="Paced run; 0 leaves it out.")
    ] = 10.0,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write JSON here.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Decode, inference, encode alone; the pipeline over all; latency of a paced source.

    Everything is measured once in each round, so that a machine that drifts hits all alike;
    medians are reported. The model analyses every frame, whatever its card's rate.

    Example: edgevid bench run --model tsm.onnx --rounds 7
    """
    from edgevid.bench import bench_run as measure
    from edgevid.config.load import apply_override, build_config, parse_values

    base = load_config(config, set_ or ()) if config else None
    if base is None and set_:
        values, _ = parse_values("source: none\nsinks: []", "command line")
        for override in set_:
            apply_override(values, override)
        base = build_config(values, "command line")
    console = err()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("bench", total=None)
        report = measure(
            loaded_plugins(),
            base,
            model=model,
            uri=source,
            rounds=rounds,
            live_seconds=live_seconds,
            frames=frames,
            on_step=lambda name, done, total: bar.update(
                task, description=name, completed=done, total=total
            ),
        )
    text = report.model_dump_json(indent=2)
    if output:
        Path(output).write_text(text + "\n", encoding="utf-8")
    if json_:
        print(text)
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
