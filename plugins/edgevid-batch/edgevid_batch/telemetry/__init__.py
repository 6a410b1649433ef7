"""Sidecar measurements of drives: speed for the events, and any other number over time."""

from edgevid_batch.telemetry.series import Series, telemetry_rows
from edgevid_batch.telemetry.sidecar import DriveTelemetry, Telemetry

__all__ = ["DriveTelemetry", "Series", "Telemetry", "telemetry_rows"]
