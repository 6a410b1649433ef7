"""Configuration of ``edgevid batch``, and of what was measured beside the drives."""

from edgevid_batch.config.batch import BatchConfig, RayConfig
from edgevid_batch.config.telemetry import SPEED, ChannelConfig, StudyConfig, TelemetryConfig

__all__ = ["SPEED", "BatchConfig", "ChannelConfig", "RayConfig", "StudyConfig", "TelemetryConfig"]
