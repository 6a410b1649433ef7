"""``edgevid probe``: what a source is."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from edgevid.cli.session import err, loaded_plugins, out
from edgevid.config import SourceConfig
from edgevid.pipeline.build import build_source
from edgevid.pipeline.probe import probe as probe_source


def probe(
    source: Annotated[str, typer.Argument(help="As for `edgevid run`.")],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            min=0.1,
            help="Maximum probing time in seconds. Default for live sources: 5.",
        ),
    ] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Decode every frame, to count corrupt ones.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print what a source is: codec, size, rate from the header and as measured, gaps.

    Examples:
        edgevid probe drive.mp4

        edgevid probe camera:0 --seconds 10 --json
    """
    opened = build_source(loaded_plugins(), SourceConfig(uri=source))
    console = err()
    with Progress(console=console, transient=True, disable=json_ or not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        report = probe_source(
            opened,
            max_seconds=seconds,
            decode=decode,
            progress=lambda frames, pts: bar.update(
                task, description=f"{frames} frames, {pts:.1f} s"
            ),
        )
    if json_:
        print(report.model_dump_json(indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in report.model_dump().items():
        if name in ("gaps", "warnings"):
            continue
        shown = (
            "unknown" if value is None else f"{value:.4f}" if isinstance(value, float) else value
        )
        table.add_row(name, str(shown))
    for gap in report.gaps:
        table.add_row("gap", f"{gap.start_seconds:.3f} to {gap.end_seconds:.3f} s  {gap.reason}")
    if not report.gaps:
        table.add_row("gaps", "none")
    out().print(table)
    for warning in report.warnings:
        console.print(f"warning: {warning}", markup=False, soft_wrap=True)
