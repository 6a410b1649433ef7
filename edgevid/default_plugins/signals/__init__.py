"""Sources of the vehicle's speed and standstill."""

from __future__ import annotations

from edgevid.default_plugins.signals.can import CanSignals
from edgevid.default_plugins.signals.csv import CsvSignals
from edgevid.default_plugins.signals.gpx import GpxSignals
from edgevid.default_plugins.signals.recording import RecordingSignals
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_signals(register: Register) -> None:
    """Register the core's signals."""
    register("can", CanSignals)
    register("csv", CsvSignals)
    register("gpx", GpxSignals)
    register("recording", RecordingSignals)
