"""The sink ``sqlite``."""

from __future__ import annotations

from edgevid.default_plugins.sinks.sqlite.sink import SqliteSink

__all__ = ["SqliteSink"]
