"""``edgevid models``: list models and architectures, show a card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from edgevid.backends.bundle import read_card
from edgevid.backends.graph_listing import GraphListing, list_graph
from edgevid.card import Card
from edgevid.cli.progress import steps
from edgevid.cli.session import complete_models, loaded_plugins, out
from edgevid.config import BackendConfig, ModelConfig
from edgevid.model_facts import NUM_CLASSES, ModelFacts, list_facts
from edgevid.pipeline.build import build_model

app = typer.Typer(help="List models, show a card.", invoke_without_command=True)
_WIDE = 120
"""Columns from which on there is room for a sentence beside the numbers."""
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


NumClasses = Annotated[
    int, typer.Option("--num-classes", min=1, help="Number of classes for counting architectures.")
]
Counted = Annotated[
    bool,
    typer.Option(
        "--counts/--no-counts", help="Count parameters of architectures too, which takes seconds."
    ),
]


@app.callback()
def _default(
    context: typer.Context,
    num_classes: NumClasses = NUM_CLASSES,
    counts: Counted = True,
    json_: Json = False,
) -> None:
    """List models with their size, work and memory; show a card.

    Parameters are trained numbers. GMACs are 10^9 multiply-accumulates of convolutions and matrix
    products, of one frame of a stream or of one whole clip. Memory is how many frames before the
    newest one a prediction depends on, and what is kept for each stream from one prediction to the
    next: the states, or the resized frames that clips are cut from. What a plugin does not tell
    stays empty.

    Examples:
        edgevid models

        edgevid models --json --num-classes 400

        edgevid models list driver tsm_resnet50 my_network.onnx
    """
    if context.invoked_subcommand is None:
        list_models([], num_classes, counts, json_)


@app.command("list")
def list_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names or bundles. Default: all registered models.",
            autocompletion=complete_models,
        ),
    ] = None,
    num_classes: NumClasses = NUM_CLASSES,
    counts: Counted = True,
    json_: Json = False,
) -> None:
    """List models, the architectures that can be exported, or what is named."""
    with steps() as on_step:
        rows = list_facts(
            loaded_plugins(), names or (), num_classes=num_classes, counted=counts, on_step=on_step
        )
    if json_:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
        return
    console = out()
    for kind in ("model", "architecture", "bundle"):
        if chosen := [row for row in rows if row.kind == kind]:
            console.print(_table(kind, chosen, counts, wide=console.width >= _WIDE))
    for reason in dict.fromkeys(row.unavailable for row in rows if row.unavailable):
        named = ", ".join(dict.fromkeys(row.name for row in rows if row.unavailable == reason))
        console.print(f"{named}: {reason}", markup=False, soft_wrap=True)


def _table(kind: str, rows: Sequence[ModelFacts], counts: bool, *, wide: bool) -> Table:
    table = Table(kind, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    if counts:
        table.add_column("mode")
        for title in ("parameters", "GMACs", "memory", "kept"):
            table.add_column(title, justify="right", no_wrap=True)
    if wide or not counts:
        table.add_column("what it is")
    for row in rows:
        about = [Text(row.about.partition(", https:")[0])] if wide or not counts else []
        table.add_row(Text(row.name), *(_numbers(row) if counts else ()), *about)
    return table


def _numbers(row: ModelFacts) -> Iterator[str]:
    yield row.temporal_mode or ""
    yield f"{row.parameters / 1e6:.2f} M" if row.parameters is not None else ""
    yield f"{row.macs / 1e9:.2f}" if row.macs is not None else ""
    if row.temporal_mode is None:
        yield from ("", "")
        return
    yield "endless" if row.memory_frames is None else f"{row.memory_frames} frames"
    yield f"{row.memory_bytes / 1e6:.2f} MB" if row.memory_bytes is not None else ""


@app.command("show")
def show(
    model: Annotated[
        str, typer.Argument(help="A bundle or a model's name.", autocompletion=complete_models)
    ],
    json_: Json = False,
) -> None:
    """Show a card, and what is inside its bundle.

    Examples:
        edgevid models show driver

        edgevid models show my_network.onnx
    """
    bundle = _bundle(model)
    card = _card(model) if bundle is None else read_card(bundle)
    graph = None if bundle is None else list_graph(bundle)
    if json_:
        inside = None if graph is None else graph.model_dump()
        print(json.dumps(card.model_dump(mode="json") | {"graph": inside}, indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in card.model_dump(mode="json").items():
        if name == "state_tensors":
            value = ", ".join(f"{t.name}{t.shape}" for t in card.state_tensors)
        elif name == "golden" and card.golden is not None:
            value = f"{card.golden.num_frames} frames, seed {card.golden.seed}"
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        elif isinstance(value, dict):
            value = ", ".join(f"{key} {inner}" for key, inner in value.items())
        table.add_row(name, Text(str("" if value is None else value)))
    if graph is not None:
        table.add_section()
        for name, text in _inside(graph):
            table.add_row(name, Text(text))
    out().print(table)


def _bundle(model: str) -> Path | None:
    plugins = loaded_plugins()
    if model not in plugins.models and (
        plugins.model_for_path(model) is not None or Path(model).is_file()
    ):
        return Path(model)
    # Its card can be read where no backend is installed.
    return loaded_plugins().models[model].bundle_path()


def _card(model: str) -> Card:
    built = build_model(loaded_plugins(), ModelConfig(name=model), BackendConfig())
    with built.model as opened:
        return opened.card


def _inside(graph: GraphListing) -> Iterator[tuple[str, str]]:
    yield (
        "file",
        f"{graph.file_bytes / 1e6:.2f} MB, written by {graph.producer or 'an unknown program'}",
    )
    yield "opsets", ", ".join(f"{domain} {version}" for domain, version in graph.opsets.items())
    for title, ports in (("input", graph.inputs), ("output", graph.outputs)):
        for name, what in ports.items():
            yield title, f"{name}: {what}"
    yield "operators", ", ".join(f"{count} {kind}" for kind, count in graph.operators.items())
    yield "weights", ", ".join(f"{count:,} {kind}" for kind, count in graph.weights.items())
