"""``edgevid motion``: whether the zoo's networks see time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from edgevid import ConfigError
from edgevid.cli import progress_bar
from edgevid_train.commands.options import read_options

_BELOW = 1


def motion(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="A .json with the results; curves are written next to it."
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Train this architecture, also if it was before; repeatable."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="KEY=VALUE of the effort, for example steps=100."),
    ] = None,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Small networks are quickest on one.")
    ] = 1,
) -> None:
    """Train narrow networks from scratch on clips that differ in the order of frames alone.

    Every clip of a scene shows the same sixteen images, whatever its class: a shape that goes
    right or grows, left or shrinks, slowly or three times as fast. What sees time learns it in
    minutes; single frames and means over frames stay at one in four. All architectures of the zoo
    that the file does not have yet are trained: a run that was stopped goes on where it was. Ends
    with 1 if a network that sees the order of frames and compares them stays below 0.95.

    Example: edgevid motion --only tsm_resnet50 --only tsn_resnet50 -o motion.json
    """
    if output.suffix != ".json" or not output.resolve().parent.is_dir():
        raise ConfigError(f"--output {output}: give a .json file in a folder that exists")
    zoo = _zoo(only)
    from edgevid.machine import machine_name
    from edgevid_train.motion.clips import CLASSES
    from edgevid_train.motion.results import ENOUGH, Effort, MotionResults, read_results

    effort: Effort = _effort(option or [])
    fresh = MotionResults(chance=1 / len(CLASSES), machine=machine_name(), effort=effort)
    before = read_results(output) if output.exists() else fresh
    if before.effort != effort:
        raise ConfigError(
            f"{output}: its networks were trained with other settings, {before.effort}; give those "
            f"by --option, or another --output"
        )
    known = {row.name for row in before.rows}
    _train({n: zoo[n] for n in zoo if only or n not in known}, fresh, output, threads)
    results = read_results(output) if output.exists() else fresh
    _show(results)
    from edgevid_train.motion.pictures import motion_picture

    motion_picture(results, output.with_suffix(".png"))
    below = [row.name for row in results.rows if row.disappoints]
    if below:
        typer.echo(f"below {ENOUGH}: {', '.join(below)}", err=True)
        raise typer.Exit(_BELOW)


def _zoo(only: list[str] | None) -> dict[str, Any]:
    """The architectures to train, by name."""
    from edgevid_zoo.architecture import ZooArchitecture

    from edgevid import load_plugins

    found = load_plugins().architectures
    chosen = {name: found[name] for name in only or found}
    strange = [name for name, cls in chosen.items() if not issubclass(cls, ZooArchitecture)]
    if only and strange:
        raise ConfigError(f"--only {strange[0]}: is not of the zoo, and has no narrow variant")
    return {name: cls() for name, cls in chosen.items() if name not in strange}


def _effort(pairs: list[str]) -> Any:
    from edgevid.config import validate_options
    from edgevid_train.motion.results import Effort

    return validate_options(Effort, read_options(pairs), "--option")


def _train(zoo: dict[str, Any], fresh: Any, output: Path, threads: int) -> None:
    import torch

    from edgevid_train.motion.learning import learn_motion
    from edgevid_train.motion.results import read_results, write_results

    torch.set_num_threads(threads)
    for number, (name, architecture) in enumerate(zoo.items(), start=1):
        with progress_bar(f"{name} ({number} of {len(zoo)})") as show:
            row = learn_motion(architecture, fresh.effort, show)
        # Read again: another process may have added a row to the same file.
        now = read_results(output) if output.exists() else fresh
        write_results(now.with_row(row), output)


def _show(results: Any) -> None:
    table = Table(
        Column("architecture", overflow="fold"),
        "mode",
        "accuracy",
        "direction",
        "speed",
        "steps",
        "seconds",
    )
    for row in results.rows:
        shares = (f"{value:.3f}" for value in (row.accuracy, row.direction, row.speed))
        table.add_row(row.name, row.temporal_mode, *shares, str(row.steps), f"{row.seconds:.0f}")
    console = Console()
    console.print(table)
    console.print(f"chance is {results.chance:g}", markup=False)
