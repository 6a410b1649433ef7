"""The sinks of the runtime; a sink that needs several files is a package."""

from __future__ import annotations

from edgevid.default_plugins.sinks.console import ConsoleSink
from edgevid.default_plugins.sinks.csv import CsvSink
from edgevid.default_plugins.sinks.evidence import EvidenceSink
from edgevid.default_plugins.sinks.jsonl import JsonlSink
from edgevid.default_plugins.sinks.maps import MapsSink
from edgevid.default_plugins.sinks.sqlite import SqliteSink
from edgevid.default_plugins.sinks.stills import StillsSink
from edgevid.default_plugins.sinks.timeline import TimelineSink
from edgevid.default_plugins.sinks.video import VideoSink
from edgevid.default_plugins.sinks.window import WindowSink
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_sinks(register: Register) -> None:
    """Register the core's sinks."""
    register("console", ConsoleSink)
    register("csv", CsvSink)
    register("evidence", EvidenceSink)
    register("jsonl", JsonlSink)
    register("maps", MapsSink)
    register("sqlite", SqliteSink)
    register("stills", StillsSink)
    register("timeline", TimelineSink)
    register("video", VideoSink)
    register("window", WindowSink)
