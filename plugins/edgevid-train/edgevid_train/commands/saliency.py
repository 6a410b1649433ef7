"""``edgevid saliency``: whether explainers point at the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from edgevid import load_plugins
from edgevid.cli import progress_bar


def saliency(
    model: Annotated[str, typer.Argument(help="A bundle, or driver.")] = "driver",
    explainer: Annotated[
        list[str] | None,
        typer.Option("--explainer", help="Repeatable; cam, gradient and smoothgrad by default."),
    ] = None,
    clips: Annotated[int, typer.Option("--clips", min=1, help="Rendered behaviours.")] = 60,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the report as JSON.")
    ] = None,
) -> None:
    """Measure on rendered drivers how much of a saliency map lies on hands, phone, head and prop.

    Example: edgevid saliency my.onnx --clips 100 -o pointing.json
    """
    from edgevid_train.evaluation.pointing import GROUPS, measure_pointing, write_pointing

    names = explainer or ["cam", "gradient", "smoothgrad"]
    with progress_bar("clips") as show:
        report = measure_pointing(load_plugins(), model, names, clips, progress=show)
    if output is not None:
        write_pointing(report, output)
    table = Table("explainer", *GROUPS, "all of them", "highest point on them", box=None)
    cells = [f"{report.area[group]:.1%}" for group in GROUPS]
    table.add_row("(share of the image)", *cells, f"{report.evidence_area:.1%}", "")
    for row in report.rows:
        cells = [f"{row.mass[group]:.1%}" for group in GROUPS]
        table.add_row(row.explainer, *cells, f"{row.evidence:.1%}", f"{row.hits:.0%}")
    Console(highlight=False).print(table)
