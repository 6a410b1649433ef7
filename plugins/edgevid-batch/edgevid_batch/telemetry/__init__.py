"""What was measured beside the drives: speed for the events, and any other number over time."""

from edgevid_batch.telemetry.beside import Measured, Telemetry
from edgevid_batch.telemetry.series import Series, telemetry_rows

__all__ = ["Measured", "Series", "Telemetry", "telemetry_rows"]
