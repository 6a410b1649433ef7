"""``edgevid models``: list models and architectures, show a card."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from edgevid.backends.bundle import read_card
from edgevid.backends.graph_listing import GraphListing, list_graph
from edgevid.card import Card
from edgevid.cli.session import complete_models, loaded_plugins, out
from edgevid.config import BackendConfig, ModelConfig
from edgevid.default_plugins.models.driver import DriverModel, default_bundle
from edgevid.pipeline.build import build_model

app = typer.Typer(help="List models, show a card.", invoke_without_command=True)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.callback()
def _default(context: typer.Context, json_: Json = False) -> None:
    """List models, show a card."""
    if context.invoked_subcommand is None:
        list_models(json_)


@app.command("list")
def list_models(json_: Json = False) -> None:
    """List models and the architectures that can be exported."""
    found = loaded_plugins()
    rows = [
        {
            "name": name,
            "kind": role,
            "plugin": registry.origin(name),
            "about": _about(registry[name]),
            "unavailable": _unavailable(registry[name]),
        }
        for role, registry in (("model", found.models), ("architecture", found.architectures))
        for name in registry
    ]
    if json_:
        print(json.dumps(rows, indent=2))
        return
    table = Table("name", "kind", "what it is")
    for row in rows:
        missing = f" (cannot run here: {row['unavailable']})" if row["unavailable"] else ""
        table.add_row(row["name"], row["kind"], f"{row['about']}{missing}")
    out().print(table)


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
    if model.lower().endswith(".onnx") or Path(model).is_file():
        return Path(model)
    # Its card can be read where no backend is installed.
    return default_bundle() if loaded_plugins().models[model] is DriverModel else None


def _card(model: str) -> Card:
    built = build_model(loaded_plugins(), ModelConfig(name=model), BackendConfig())
    with built.model as opened:
        return opened.card


def _inside(graph: GraphListing) -> Iterator[tuple[str, str]]:
    yield "file", f"{graph.file_bytes / 1e6:.2f} MB, written by {graph.producer or 'somebody'}"
    yield "opsets", ", ".join(f"{domain} {version}" for domain, version in graph.opsets.items())
    for title, ports in (("input", graph.inputs), ("output", graph.outputs)):
        for name, what in ports.items():
            yield title, f"{name}: {what}"
    yield "operators", ", ".join(f"{count} {kind}" for kind, count in graph.operators.items())
    yield "weights", ", ".join(f"{count:,} {kind}" for kind, count in graph.weights.items())


def _about(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def _unavailable(item: Any) -> str | None:
    ask = getattr(item, "unavailable", None)
    return ask() if callable(ask) else None
