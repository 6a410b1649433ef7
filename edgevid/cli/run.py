"""``edgevid run``: the main job."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer
from rich.table import Table

from edgevid.cli.progress import RunProgress
from edgevid.cli.session import complete_sinks, err, loaded_plugins, out
from edgevid.cli.shared_options import (
    SHARED_KEYS,
    BackendOption,
    ConfigOption,
    JsonOption,
    ModelOption,
    ProfileOption,
    QuietOption,
    RequireOption,
    SetOption,
    override_inner,
)
from edgevid.config import RunConfig
from edgevid.config.load import apply_override, build_config, read_values
from edgevid.errors import ConfigError
from edgevid.pipeline import Pipeline, RunResult

_PANEL = "Everything else"


def run(
    source: Annotated[
        str | None,
        typer.Argument(
            help="A file, camera:0, /dev/video0, images:DIR?fps=10, rtsp://…, http://…, test:",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = None,
    sink: Annotated[
        list[str] | None,
        typer.Option(
            "--sink", "-s", help="NAME[:TARGET], repeatable.", autocompletion=complete_sinks
        ),
    ] = None,
    overlay: Annotated[
        list[str] | None, typer.Option("--overlay", help="Overlays in drawing order, repeatable.")
    ] = None,
    config: ConfigOption = None,
    set_: SetOption = None,
    events: Annotated[
        str | None, typer.Option("--events", help="The event engine.", rich_help_panel=_PANEL)
    ] = None,
    profile: ProfileOption = None,
    signals: Annotated[
        str | None,
        typer.Option("--signals", help="Speed of the vehicle: csv:FILE, …", rich_help_panel=_PANEL),
    ] = None,
    explainer: Annotated[
        str | None,
        typer.Option("--explainer", help="Saliency; none turns it off.", rich_help_panel=_PANEL),
    ] = None,
    backend: BackendOption = None,
    require: RequireOption = None,
    verify: Annotated[
        bool | None,
        typer.Option(
            "--verify", help="First repeat the bundle's parity check.", rich_help_panel=_PANEL
        ),
    ] = None,
    buffer: Annotated[
        str | None,
        typer.Option("--buffer", help="auto, every or freshest.", rich_help_panel=_PANEL),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option("--duration", help="Stop after this many seconds of source time."),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option("--record", help="Record the input in this folder, for `edgevid replay`."),
    ] = None,
    run_json: Annotated[
        str | None, typer.Option("--run-json", help="Write the run's result as JSON.")
    ] = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Analyse a camera or a file.

    Examples:
        edgevid run drive.mp4 --sink jsonl:events.jsonl --sink video:annotated.mp4

        edgevid run camera:0 --model tsm.onnx --require cuda --sink window

        edgevid run --config configs/demo.yaml --set events.options.rules.enter=0.7
    """
    return start(locals())


_FLAGS = {
    "source": "source",
    "sinks": "sink",
    "overlays": "overlay",
    "events": "events",
    "signals": "signals",
    "verify": "verify",
    "duration_seconds": "duration",
    "record": "record",
    "run_json": "run_json",
}
"""Configuration key → option that replaces it."""
_INNER_FLAGS = {**SHARED_KEYS, "buffer.policy": "buffer"}


def start(given: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> int:
    """Run what a command line says; the exit code.

    Args:
        given: The options of ``run``, by the names of its arguments.
        base: Plain values that the configuration file and the options win over.
    """
    config: str | None = given["config"]
    values, where = read_values(config) if config else ({}, "command line")
    values = {**(base or {}), **values}
    for key, option in _FLAGS.items():
        if given[option] is not None:
            values[key] = given[option]
    if given["explainer"] is not None:
        values["explainer"] = None if given["explainer"] == "none" else given["explainer"]
    override_inner(values, given, _INNER_FLAGS)
    if given["json_"]:
        # Standard output belongs to the result.
        sinks = values.get("sinks", [])
        values["sinks"] = [s for s in sinks if s != "console" and _name(s) != "console"]
    for override in given["set_"] or ():
        apply_override(values, override)
    if "source" not in values:
        raise ConfigError(
            "no source given; for example: edgevid run drive.mp4, edgevid run camera:0, "
            "or edgevid run --config FILE"
        )
    return _run(build_config(values, where), json_=given["json_"], quiet=given["quiet"])


def _name(sink: Any) -> str | None:
    return sink.get("name") if isinstance(sink, dict) else None


def _run(config: RunConfig, *, json_: bool, quiet: bool) -> int:
    with RunProgress(err(), quiet=quiet or json_) as progress:
        pipeline = Pipeline.from_config(config, loaded_plugins(), on_progress=progress)
        with _signals(pipeline) as caught:
            result = pipeline.run()
    if json_:
        print(result.model_dump_json(indent=2))
    elif not quiet:
        show_result(result)
    return 128 + caught[0] if caught else result.exit_code


@contextmanager
def _signals(pipeline: Pipeline) -> Iterator[list[int]]:
    """First Ctrl-C or SIGTERM: end cleanly. Second: at once."""
    caught: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if caught:
            os._exit(128 + number)
        caught.append(number)
        pipeline.stop(signal.Signals(number).name)

    old = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def show_result(result: RunResult) -> None:
    """A short table of what happened, for people."""
    console = out()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    frames = result.frames
    lost = ", ".join(f"{count} {cause}" for cause, count in frames.dropped.items()) or "none"
    table.add_row("source", f"{result.source['uri']}  {result.covered_seconds:.1f} s")
    table.add_row("model", f"{result.model['name']} on {_runs_on(result)}")
    table.add_row("frames", f"{frames.read} read, {frames.analysed} analysed, dropped: {lost}")
    total = result.latency.get("grab_to_prediction")
    if result.buffer_policy == "freshest" and total is not None:
        table.add_row("latency", f"p50 {total.p50_ms:.1f} ms, p95 {total.p95_ms:.1f} ms")
    for group, summary in sorted(result.events.items()):
        count = f"{summary.count} event{'s' if summary.count != 1 else ''}"
        levels = "".join(f", {n} of level {k}" for k, n in summary.by_level.items() if k)
        table.add_row(group, f"{count}, {summary.seconds:.1f} s{levels}")
    if not result.events:
        table.add_row("events", "none")
    for state in ("degraded", "no_driver", "no_signal"):
        if seconds := result.availability_seconds.get(state):
            table.add_row(state, f"{seconds:.1f} s")
    if result.trip_flagged:
        table.add_row("trip", "flagged: too much of the highest level")
    for sink in result.sinks:
        if sink.target and sink.error is None:
            late = f"  ({sink.pictures_late} images left out)" if sink.pictures_late else ""
            table.add_row("written", f"{sink.target}{late}")
    if (recording := result.recording) is not None and recording.error is None:
        size = f"{recording.pictures} frames, {recording.size_bytes / 1e6:.1f} MB"
        table.add_row("recorded", f"{recording.directory}  ({size})")
    if path := result.config.get("run_json"):
        table.add_row("written", str(path))
    console.print(table)
    for kind, lines in (("warning", result.warnings), ("error", result.errors)):
        for line in lines:
            err().print(f"{kind}: {line}", markup=False, soft_wrap=True)


def _runs_on(result: RunResult) -> str:
    return f"{result.runs_on.get('backend')}, {result.runs_on.get('provider')}"
