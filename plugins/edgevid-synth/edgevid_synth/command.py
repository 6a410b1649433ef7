"""``edgevid synth``: render clips and drives, look at them, measure the renderer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from edgevid import ConfigError
from edgevid.cli import progress_bar

app = typer.Typer(help="Render synthetic drivers: clips, drives, contact sheets.")

Out = Annotated[Path, typer.Option("--out", "-o", help="Output folder; created if missing.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same images.")
]
Size = Annotated[int, typer.Option("--size", min=32, max=1024, help="Pixels per side.")]
Rate = Annotated[float, typer.Option("--rate-hz", min=1, max=60, help="Frames per second.")]
Sampling = Annotated[
    float,
    typer.Option("--supersampling", min=1, max=4, help="More is smoother and slower."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; default: one per core.")
]


@app.command("clips")
def clips(
    out: Out,
    count: Annotated[
        int, typer.Option("--count", min=1, help="Number of clips; labels rotate.")
    ] = 110,
    split: Annotated[str, typer.Option("--split", help="train, val or test.")] = "train",
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first clip.")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=60)] = 2.5,
    rate_hz: Rate = 8.0,
    size: Size = 144,
    supersampling: Sampling = 1.0,
    workers: Workers = None,
) -> None:
    """Render clips of one behaviour each, and the data table of all clips in the folder.

    Existing clips are kept: an interrupted run resumes.

    Example: edgevid synth clips --count 8800 --split train --out data
    """
    from edgevid_synth.dataset.clip_table import write_clip_table
    from edgevid_synth.dataset.clips import FIRST_SEED, ClipSettings, write_clips

    if split not in FIRST_SEED:
        raise ConfigError(f"--split {split}: accepted are {', '.join(FIRST_SEED)}")
    settings = ClipSettings(seconds, rate_hz, size, supersampling)
    numbers = range(first, first + count)
    with progress_bar("clips") as show:
        write_clips(
            out, split, numbers, settings, workers=workers or os.cpu_count() or 1, progress=show
        )
    rows = write_clip_table(out, rate_hz)
    typer.echo(f"{out / 'table.csv'}: {rows} segments")


@app.command("drive")
def drive(
    out: Out,
    seed: Seed = 0,
    count: Annotated[
        int, typer.Option("--count", min=1, help="Number of drives, with consecutive seeds.")
    ] = 1,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=36000)] = 120.0,
    rate_hz: Rate = 10.0,
    size: Size = 224,
    supersampling: Sampling = 1.5,
    light: Annotated[
        str | None, typer.Option("--light", help="day, sun, dusk, night or infrared.")
    ] = None,
    crf: Annotated[
        int,
        typer.Option("--crf", min=0, max=51, help="H.264 quality; lower is better."),
    ] = 20,
) -> None:
    """Render drives that chain behaviours, with their ground truth.

    Example: edgevid synth drive --seed 7 --seconds 60 --out drives
    """
    from edgevid_synth.dataset.drives import write_drive
    from edgevid_synth.description import describe

    for number in range(seed, seed + count):
        description = describe(
            seed=number,
            duration_seconds=seconds,
            size=size,
            supersampling=supersampling,
            light=light,
        )
        with progress_bar(f"drive {number}") as show:
            path = write_drive(out, description, rate_hz, show, crf=crf)
        typer.echo(str(path))


@app.command("drives")
def drives(
    out: Out,
    split: Annotated[str, typer.Option("--split", help="tune or test; they share no driver.")],
    count: Annotated[
        int, typer.Option("--count", min=1, help="Number of drives, one driver each.")
    ] = 60,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first drive.")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=36000)] = 120.0,
    rate_hz: Rate = 10.0,
    size: Size = 160,
    supersampling: Sampling = 1.0,
    workers: Workers = None,
) -> None:
    """Render a set of drives to tune or test event policies on, with its ground truth.

    Half of the time is safe driving, with hard negatives. Existing drives are kept: an interrupted
    run resumes. truth.csv holds the ground truth of all drives in the folder.

    Example: edgevid synth drives --split test --count 120 --out drives/test
    """
    from edgevid_synth.dataset.drive_sets import (
        FIRST_SEED,
        DriveSettings,
        write_drive_table,
        write_drives,
    )

    if split not in FIRST_SEED:
        raise ConfigError(f"--split {split}: accepted are {', '.join(FIRST_SEED)}")
    settings = DriveSettings(seconds, rate_hz, size, supersampling)
    numbers = range(first, first + count)
    with progress_bar("drives") as show:
        write_drives(
            out, split, numbers, settings, workers=workers or os.cpu_count() or 1, progress=show
        )
    typer.echo(f"{out / 'truth.csv'}: {write_drive_table(out)} drives")


@app.command("sheet")
def sheet(
    output: Annotated[Path, typer.Option("--output", "-o", help="A .png or .jpg file.")],
    seed: Seed = 0,
    count: Annotated[int, typer.Option("--count", min=1, max=400)] = 33,
    columns: Annotated[int, typer.Option("--columns", min=1, max=20)] = 11,
    size: Size = 128,
    supersampling: Sampling = 1.5,
) -> None:
    """Draw a contact sheet: one image from each of many scenes.

    Example: edgevid synth sheet --seed 3 -o sheet.jpg
    """
    from edgevid_synth.sheet import contact_sheet

    with progress_bar("scenes") as show:
        contact_sheet(output, seed, count, columns, size, supersampling, show)
    typer.echo(str(output))


@app.command("bench")
def bench(
    frames: Annotated[int, typer.Option("--frames", min=5, help="Frames per size.")] = 60,
) -> None:
    """Measure the renderer: CPU time per frame on one core.

    Example: edgevid synth bench
    """
    from edgevid_synth.bench import measure

    typer.echo("| size, px | supersampling | ms per frame | ms per scene |")
    typer.echo("|---|---|---|---|")
    for row in measure(frames):
        typer.echo(
            f"| {row.size} | {row.supersampling:g} | {row.frame_ms:.1f} | {row.scene_ms:.0f} |"
        )
