"""``edgevid data``: make and check data tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from edgevid_train.commands.options import read_options

app = typer.Typer(help="Make and check the data table of a dataset.")


@app.command("build")
def build(
    adapter: Annotated[str, typer.Argument(help="folder, csv_segments, image_list, …")],
    root: Annotated[Path, typer.Argument(help="The dataset's folder or file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The table, a .csv.")],
    option: Annotated[
        list[str] | None, typer.Option("--option", help="KEY=VALUE of the adapter, as YAML.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of the split by drivers.")] = 0,
) -> None:
    """Write the data table of a dataset, split by drivers.

    Example: edgevid data build folder my_clips -o my_clips/table.csv
    """
    from edgevid_train.data.build import build_table

    segments = build_table(adapter, root, output, options=read_options(option or []), seed=seed)
    typer.echo(f"{output}: {len(segments)} segments")
    check(output)


@app.command("check")
def check(table: Annotated[Path, typer.Argument(help="A data table.")]) -> None:
    """Check a table: its form, its files, and that no driver is in two splits.

    Example: edgevid data check my_clips/table.csv
    """
    from edgevid_train.data.build import check as check_table
    from edgevid_train.data.table import read_table

    found = check_table(read_table(table))
    view = Table("label", "segments")
    for label, count in found.by_label.items():
        view.add_row(label, str(count))
    console = Console()
    console.print(view)
    splits = ", ".join(
        f"{split}: {count} segments of {found.drivers_by_split.get(split, 0)} drivers"
        for split, count in found.by_split.items()
    )
    console.print(
        f"{found.segments} segments in {found.files} files ({found.stills} stills), "
        f"{found.hours:.2f} h of video. {splits}."
    )
