"""``edgevid plugins``: what is installed, what it brings, and what is broken."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from edgevid.cli.session import loaded_plugins, out


def plugins(json_: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """List plugins, what each brings, and why one is broken or cannot run here."""
    found = loaded_plugins()
    missing = {
        f"{registry.role}:{name}": reason
        for registry in found.registries().values()
        for name in registry
        if (reason := _unavailable(registry[name]))
    }
    if json_:
        listed = [asdict(plugin) for plugin in found.loaded]
        print(json.dumps({"plugins": listed, "unavailable": missing}, indent=2))
        return
    table = Table("plugin", "version", "brings")
    for plugin in found.loaded:
        brings = ", ".join(plugin.provides)
        table.add_row(
            plugin.name, plugin.version, f"broken: {plugin.error}" if plugin.error else brings
        )
    out().print(table)
    for name, reason in missing.items():
        out().print(f"{name} cannot run here: {reason}", markup=False, soft_wrap=True)


def _unavailable(item: Any) -> str | None:
    check = getattr(item, "unavailable", None)
    return check() if callable(check) else None
