"""``edgevid record`` and ``edgevid replay``: ``run``, and the same again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from edgevid.cli.run import run, start
from edgevid.cli.session import complete_models
from edgevid.errors import ConfigError
from edgevid.recording.manifest import RecordingManifest, read_manifest

_HIDDEN = "***"
_TAKEN = {"model": "model", "backend": "backend", "events": "events"}
"""Part of a recorded configuration → option of which another value takes its place."""


def _with_options_of_run(without: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Let a command with ``**options`` have all options of ``run`` but its own and ``without``."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        declared = inspect.signature(command, eval_str=True).parameters
        explicit = [p for p in declared.values() if p.kind is not p.VAR_KEYWORD]
        taken = {without, *declared}
        shared = inspect.signature(run, eval_str=True).parameters.values()
        parameters = [*explicit, *(p for p in shared if p.name not in taken)]
        parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in parameters]
        command.__dict__["__signature__"] = inspect.Signature(parameters, return_annotation=int)
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        return command

    return decorate


@_with_options_of_run(without="record")
def record(
    out: Annotated[str, typer.Option("--out", "-o", help="A new folder.")], **options: Any
) -> int:
    """Analyse as `run` does, and write what that run saw: images bit for bit, times, losses.

    Examples:
        edgevid record camera:0 --out drives/monday --sink jsonl:monday.jsonl
    """
    return start({**options, "record": out})


@_with_options_of_run(without="source")
def replay(
    recording: Annotated[str, typer.Argument(help="A folder that `edgevid record` wrote.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Another model's name, or a bundle.",
            autocompletion=complete_models,
        ),
    ] = None,
    **options: Any,
) -> int:
    """Analyse again what a recorded run saw; the same model and policy give the same events.

    Model, backend, policy and signals are those of the recorded run, unless options say otherwise.

    Examples:
        edgevid replay drives/monday --sink jsonl:again.jsonl

        edgevid replay drives/monday --model other.onnx --sink jsonl:other.jsonl
    """
    options["model"] = model
    base = _recorded(read_manifest(Path(recording)), recording, options)
    source = {"uri": f"recording:{recording}"}
    return start({**options, "source": source}, base)


def _recorded(manifest: RecordingManifest, folder: str, options: dict[str, Any]) -> dict[str, Any]:
    """Recorded configuration for a replay, without the parts that an option replaces."""
    base: dict[str, Any] = {}
    for key, option in _TAKEN.items():
        part = manifest.config.get(key)
        name = part.get("name") if isinstance(part, dict) else part
        if part is None or options[option] not in (None, name):
            continue
        if _HIDDEN in repr(part):
            if options["config"] is not None:
                continue
            raise ConfigError(
                f"{folder}: {key} holds a password, and recordings keep none; give it again "
                f"with --config"
            )
        base[key] = part
    if options["profile"] is not None and isinstance(base.get("events"), dict):
        # Another policy is that alone, without what was set beside the recorded one.
        base["events"] = {"name": base["events"]["name"]}
    if manifest.config.get("signals") is not None:
        base["signals"] = {"name": "recording", "target": folder}
    return base
