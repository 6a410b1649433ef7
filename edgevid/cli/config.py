"""``edgevid config``: check a file, show it complete, print the schema for editors."""

from __future__ import annotations

import json
from typing import Annotated

import typer
import yaml

from edgevid.cli.session import loaded_plugins, out
from edgevid.config import RunConfig, load_config
from edgevid.pipeline.build import check_options, redacted_config

app = typer.Typer(help="Check and show configurations.", no_args_is_help=True)
File = Annotated[str, typer.Argument(help="A YAML file.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE, as for `edgevid run`.")]


@app.command()
def check(file: File, set_: Set = None) -> None:
    """Check a configuration and every plugin's options; opens nothing.

    Example: edgevid config check configs/demo.yaml
    """
    check_options(loaded_plugins(), load_config(file, set_ or ()))
    out().print(f"{file}: accepted", markup=False)


@app.command()
def show(
    file: File, set_: Set = None, json_: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Show a configuration with every default filled in, without passwords."""
    shown = redacted_config(load_config(file, set_ or ()))
    text = json.dumps(shown, indent=2) if json_ else yaml.safe_dump(shown, sort_keys=False)
    print(text.rstrip())


@app.command()
def schema() -> None:
    """Print the JSON Schema of configurations, for editors."""
    print(json.dumps(RunConfig.model_json_schema(), indent=2))
