"""The sink ``evidence``."""

from __future__ import annotations

from edgevid.default_plugins.sinks.evidence.sink import EvidenceSink

__all__ = ["EvidenceSink"]
