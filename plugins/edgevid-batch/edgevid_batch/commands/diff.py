"""``edgevid diff``: compare two models or policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.table import Table
from rich.text import Text

from edgevid.cli import err, out
from edgevid.errors import ConfigError
from edgevid.io import write_atomic
from edgevid.records import EventFile
from edgevid.timeline import (
    FORMATS,
    EventBar,
    Row,
    clock,
    draw_timeline,
    missing_library,
    state_bars,
)
from edgevid_batch.comparison import Difference, DriveDifference, compare, event_files
from edgevid_batch.comparison.result import OneEvent, Pair, Run

_MOST_LINES = 40
_CHANGES = {
    "kept": "kept",
    "only_in_a": "only A",
    "only_in_b": "only B",
    "level_raised": "raised",
    "level_lowered": "lowered",
    "moved": "moved",
}


def diff(
    a: Annotated[Path, typer.Argument(help="Events of --sink jsonl, or a folder of such files.")],
    b: Annotated[Path, typer.Argument(help="The same drive, or a folder with the same names.")],
    iou: Annotated[
        float,
        typer.Option("--iou", min=0.01, max=1.0, help="Shared part of time of what is the same."),
    ] = 0.5,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw both: FILE.png or FILE.svg.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare even what is of different drives.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> int:
    """Compare the events that two models or policies saw in the same drives.

    Exits with 0 if they are equal, 1 if they differ, 2 if they cannot be compared.

    Examples:
        edgevid diff old.jsonl new.jsonl --output diff.png

        edgevid diff results/old results/new --json
    """
    if output is not None:
        _check_output(output, a)
    files = event_files(a, b, force=force)
    difference = compare(
        files.pairs,
        min_iou=iou,
        missing_in_a=files.missing_in_a,
        missing_in_b=files.missing_in_b,
    )
    if output is not None:
        _draw(output, *files.pairs[0])
    if json_:
        print(difference.model_dump_json(indent=2))
    else:
        _show(difference, a, b)
    for drive in difference.drives:
        for line in (*drive.a.warnings, *drive.b.warnings):
            err().print(f"warning: {line}", markup=False, soft_wrap=True)
    return 0 if difference.equal else 1


def _check_output(output: Path, a: Path) -> None:
    if reason := missing_library():
        raise ConfigError(f"--output: {reason}")
    if output.suffix.lower().lstrip(".") not in FORMATS:
        accepted = ", ".join(f".{name}" for name in FORMATS)
        raise ConfigError(f"--output {output}: the suffix selects the format: {accepted}")
    if a.is_dir():
        raise ConfigError("--output draws one drive: give two files instead of two folders")


def _draw(output: Path, a: EventFile, b: EventFile) -> None:
    names = [file.session.model.name for file in (a, b)]
    policies = [file.session.policy.name or "unknown" for file in (a, b)]
    drive = a.session.drive_id.partition("|")[0]
    title = f"{drive} · A: {names[0]}, {policies[0]} · B: {names[1]}, {policies[1]}"
    kind = cast(Literal["png", "svg"], output.suffix.lower()[1:])
    content = draw_timeline([_row("A", a), _row("B", b)], title=title, format=kind)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(output, content)
    except OSError as error:
        raise ConfigError(f"--output {output}: cannot be written: {error.strerror}") from error


def _row(name: str, file: EventFile) -> Row:
    return Row(
        name,
        [EventBar.of(event) for event in file.events],
        state_bars(file.availability, file.end_seconds),
        file.gaps,
        end_seconds=file.end_seconds,
    )


def _show(difference: Difference, a: Path, b: Path) -> None:
    console = out()
    drives = difference.drives
    header = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, path, runs in (
        ("A", a, [drive.a for drive in drives]),
        ("B", b, [drive.b for drive in drives]),
    ):
        header.add_row(name, _plain(str(path)), _plain(_about(runs)))
    differing = sorted({what for drive in drives for what in drive.differs})
    header.add_row("", "differs", ", ".join(differing).replace("_", " ") or "nothing")
    console.print(header)
    lines = [(drive, pair) for drive in drives for pair in drive.pairs if pair.changes != ("kept",)]
    if lines:
        console.print()
        console.print(_list(lines[:_MOST_LINES], many=len(drives) > 1))
        if len(lines) > _MOST_LINES:
            console.print(f"… and {len(lines) - _MOST_LINES} more: --json has all of them")
    console.print()
    console.print(_counts(difference))
    console.print()
    console.print(_levels(difference))
    for names, side in ((difference.missing_in_a, "B"), (difference.missing_in_b, "A")):
        for name in names:
            console.print(Text(f"only {side} has {_plain(name)}"))
    console.print()
    console.print("equal" if difference.equal else "they differ")


def _about(runs: Sequence[Run]) -> str:
    """Model, policy and what ran, if they are the same in all drives."""
    parts = []
    for field in ("model", "policy", "runs_on"):
        found = sorted({str(getattr(run, field)) for run in runs})
        what = found[0] if len(found) == 1 else f"{len(found)} different"
        parts.append(f"{field.replace('_', ' ')} {what}")
    return "; ".join(parts)


def _list(lines: Sequence[tuple[DriveDifference, Pair]], *, many: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in (*(["drive"] if many else []), "group", "A", "B", ""):
        table.add_column(column)
    for drive, pair in lines:
        cells: list[str | Text] = [_plain(drive.a.drive_id.partition("|")[0])] if many else []
        cells += [_plain(pair.group), _event(pair.a), _event(pair.b)]
        table.add_row(*cells, ", ".join(_CHANGES[change] for change in pair.changes))
    return table


def _event(event: OneEvent | None) -> str:
    if event is None:
        return "-"
    span = f"{clock(event.start_seconds)} to {clock(event.end_seconds)}"
    return f"{span}, level {event.max_level}"


def _counts(difference: Difference) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("group", no_wrap=True, max_width=20)
    for column in ("A", "B", *_CHANGES.values(), "alerts"):
        table.add_column(column, justify="right", no_wrap=True)
    keys = ("a", "b", *_CHANGES)
    rows = [(_plain(group), [counts]) for group, counts in difference.groups.items()]
    if len(rows) > 1:
        rows.append((Text("all"), list(difference.groups.values())))
    for name, several in rows:
        cells = [str(sum(getattr(counts, key) for counts in several)) for key in keys]
        alerts = [sum(getattr(c, f"alerts_{side}") for c in several) for side in "ab"]
        table.add_row(name, *cells, f"{alerts[0]} > {alerts[1]}")
    return table


def _levels(difference: Difference) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("", "A", "B"):
        table.add_column(column, justify="right" if column else "left")
    for level, counts in difference.levels.items():
        table.add_row(f"events of level {level}", str(counts.a), str(counts.b))
    rates = (difference.alerts_per_hour_a, difference.alerts_per_hour_b)
    table.add_row("alerts an hour", *("unknown" if r is None else f"{r:.2f}" for r in rates))
    table.add_row("hours", f"{difference.hours_a:.2f}", f"{difference.hours_b:.2f}")
    return table


def _plain(text: str) -> Text:
    """Names come with files: neither markup nor escape sequences of theirs reach the terminal."""
    return Text("".join(c if c.isprintable() else "?" for c in text))
