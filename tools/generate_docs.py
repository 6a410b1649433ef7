"""Writes the parts of docs/ and README that are outputs; ``--check`` fails if one is out of date.

Generated: docs/api.md, docs/batch.md, docs/cli.md, docs/config.md, docs/errors.md,
docs/benchmarks.md (from docs/benchmarks/), docs/default_model.md (from docs/default_model/),
docs/events_benchmark.md (from docs/events_benchmark/, if it is there), docs/profiles.md,
docs/scale.md, docs/zoo.md,
docs/run.schema.json, docs/event.schema.json, docs/config.schema.json.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by `make docs`; edit the code instead. -->\n\n"


def cli_page() -> str:
    """Help texts of every command."""
    os.environ.update(COLUMNS="80", TERM="dumb", NO_COLOR="1")
    import typer
    from typer.testing import CliRunner

    from edgevid.cli.app import _with_plugin_commands, app

    runner = CliRunner()
    whole = _with_plugin_commands(app, [])
    command: Any = typer.main.get_command(whole)
    text = "# Command line\n\n" + NOTE
    for path in _paths(command, []):
        result = runner.invoke(whole, [*path, "--help"], prog_name="edgevid")
        name = " ".join(["edgevid", *path])
        lines = [line.rstrip() for line in result.stdout.strip("\n").splitlines()]
        text += f"## `{name}`\n\n```\n" + "\n".join(lines).strip("\n") + "\n```\n\n"
    return text.rstrip() + "\n"


def _paths(command: Any, path: list[str]) -> Iterator[list[str]]:
    yield path
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _paths(inner, [*path, name])


def config_page() -> str:
    """Every configuration key, and every option of every plugin."""
    from edgevid.config import RunConfig
    from edgevid.plugins import load_plugins

    text = "# Configuration\n\n" + NOTE
    text += (
        "A YAML file for `edgevid run --config FILE`. Every key can be set by `--set KEY=VALUE` "
        "too. Relative paths are relative to the current folder. `edgevid config schema` prints "
        "the JSON Schema for editors.\n\n"
    )
    text += "\n".join(_rows(RunConfig, "")) + "\n"
    plugins = load_plugins(discover=False)
    for role, registry in (
        ("source", plugins.sources),
        ("model", plugins.models),
        ("backend", plugins.backends),
        ("events", plugins.events),
        ("overlay", plugins.overlays),
        ("sink", plugins.sinks),
        ("signals", plugins.signals),
    ):
        for name in registry:
            options = registry[name].Options
            if options.model_fields:
                rows = "\n".join(_rows(options, ""))
                text += f"\n## Options of {role} `{name}`\n\n{rows}\n"
    return text


def _rows(model: Any, prefix: str) -> list[str]:
    rows = [] if prefix else ["| key | default | |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        inner = field.annotation
        has_keys = inspect.isclass(inner) and hasattr(inner, "model_fields")
        default = (
            "required"
            if field.is_required()
            else "the keys below"
            if has_keys
            else _short(field.get_default(call_default_factory=True))
        )
        about = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{prefix}{name}` | {default} | {about} |")
        if has_keys:
            rows += _rows(inner, f"{prefix}{name}.")
    return rows


def _short(value: Any) -> str:
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, tuple):
        value = [getattr(item, "name", item) for item in value]
    return f"`{json.dumps(value, default=str)}`"


def errors_page() -> str:
    """The tree of errors and what each means."""
    from edgevid import errors

    text = "# Errors\n\n" + NOTE + "```\n"
    text += (errors.__doc__ or "").split("\n\n")[1].strip() + "\n```\n\n"
    for name, cls in vars(errors).items():
        if inspect.isclass(cls) and issubclass(cls, errors.EdgevidError):
            about = (inspect.getdoc(cls) or "").partition("\n\n")[0]
            text += f"- `{name}`: {about}\n"
    return text


def schema(model: Any) -> str:
    """JSON Schema of a pydantic model."""
    return json.dumps(model.model_json_schema(), indent=2) + "\n"


def pages() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    from api_page import api_page
    from batch_page import batch_page
    from benchmarks_page import benchmarks_page
    from default_model_page import default_model_page
    from edgevid_batch.config.batch import BatchConfig
    from edgevid_batch.config.telemetry import ChannelConfig, TelemetryConfig
    from events_page import events_page
    from profiles_page import profiles_page
    from scale_page import scale_page
    from sqlite_page import sqlite_page
    from zoo_page import zoo_page

    from edgevid.config import RunConfig
    from edgevid.pipeline import RunResult
    from edgevid.records import EventRecord

    docs = ROOT / "docs"
    batch_keys = [
        *_rows(BatchConfig, ""),
        *_rows(TelemetryConfig, "telemetry[]."),
        *_rows(ChannelConfig, "telemetry[].channels.NAME."),
    ]
    found = {
        docs / "batch.md": batch_page(docs / "batch", NOTE, batch_keys),
        docs / "api.md": api_page(NOTE),
        docs / "cli.md": cli_page(),
        docs / "config.md": config_page(),
        docs / "errors.md": errors_page(),
        docs / "benchmarks.md": benchmarks_page(docs / "benchmarks", NOTE),
        docs / "profiles.md": profiles_page(NOTE),
        docs / "scale.md": scale_page(docs / "benchmarks", NOTE),
        docs / "sqlite.md": sqlite_page((docs / "sqlite.md").read_text(encoding="utf-8")),
        docs / "zoo.md": zoo_page(NOTE),
        docs / "default_model.md": default_model_page(docs / "default_model", NOTE),
        docs / "run.schema.json": schema(RunResult),
        docs / "event.schema.json": schema(EventRecord),
        docs / "config.schema.json": schema(RunConfig),
    }
    if (docs / "events_benchmark" / "report.json").exists():
        found[docs / "events_benchmark.md"] = events_page(docs / "events_benchmark", NOTE)
    return found


def main() -> int:
    """Write, or check."""
    stale = []
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'out of date, run `make docs`' if '--check' in sys.argv else 'written'}: {path}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
