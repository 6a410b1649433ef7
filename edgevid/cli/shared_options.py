"""Options that several commands have, and how options become a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
import yaml

from edgevid.cli.session import complete_models
from edgevid.config.load import apply_override

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Model name or bundle. Default: driver.",
        autocompletion=complete_models,
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="Event policy: research, coach, fleet, …, or a .yaml."),
]
ConfigOption = Annotated[str | None, typer.Option("--config", "-c", help="A YAML file.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any key: model.options.rate_hz=5, repeatable."),
]
BackendOption = Annotated[
    str | None, typer.Option("--backend", help="auto, onnxruntime, openvino, torch, …")
]
RequireOption = Annotated[
    str | None,
    typer.Option("--require", help="cpu, cuda or tensorrt: fail rather than fall back."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print only the result, as JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no table.")]

SHARED_KEYS = {
    "model.name": "model",
    "backend.name": "backend",
    "backend.require": "require",
    "events.options.profile": "profile",
}
"""Configuration key → option that replaces it."""


def override_inner(
    values: dict[str, Any], given: Mapping[str, Any], keys: Mapping[str, str]
) -> None:
    """Put options in place that stand for a key inside a section.

    Args:
        values: Plain values of a configuration, changed in place.
        given: Options by name; None was not given.
        keys: Key path → option.
    """
    for path, option in keys.items():
        if given[option] is not None:
            # Dumped, so that a name such as `no` or `a: b` stays a text.
            apply_override(values, f"{path}={yaml.safe_dump(given[option], width=10**6)}")
