"""``edgevid models``: list models and architectures, show a card."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from edgevid.backends.bundle import read_card
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
    """Show a card.

    Examples:
        edgevid models show driver

        edgevid models show my_network.onnx
    """
    card = _card(model)
    if json_:
        print(card.model_dump_json(indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in card.model_dump(mode="json").items():
        if name == "state_tensors":
            value = ", ".join(f"{t.name}{t.shape}" for t in card.state_tensors)
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        table.add_row(name, str("" if value is None else value))
    out().print(table)


def _card(model: str) -> Card:
    if model.lower().endswith(".onnx") or Path(model).is_file():
        return read_card(model)
    found = loaded_plugins()
    if found.models[model] is DriverModel:
        # Its card can be read where no backend is installed.
        return read_card(default_bundle())
    built = build_model(found, ModelConfig(name=model), BackendConfig())
    with built.model as opened:
        return opened.card


def _about(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def _unavailable(item: Any) -> str | None:
    ask = getattr(item, "unavailable", None)
    return ask() if callable(ask) else None
