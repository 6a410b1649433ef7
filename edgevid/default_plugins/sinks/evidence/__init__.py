"""The sink ``evidence``: a clip, an image and a record of each serious event."""

from __future__ import annotations

from edgevid.default_plugins.sinks.evidence.sink import EvidenceSink

__all__ = ["EvidenceSink"]
