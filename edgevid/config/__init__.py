"""Configuration: YAML in, checked values out, errors with file, line and key."""

from edgevid.config.batch import BatchConfig
from edgevid.config.load import load_config, parse_config
from edgevid.config.schema import (
    BackendConfig,
    BufferConfig,
    EventsConfig,
    ModelConfig,
    PluginConfig,
    RecordConfig,
    RunConfig,
    SignalsConfig,
    SinkConfig,
    SourceConfig,
)

__all__ = [
    "BackendConfig",
    "BatchConfig",
    "BufferConfig",
    "EventsConfig",
    "ModelConfig",
    "PluginConfig",
    "RecordConfig",
    "RunConfig",
    "SignalsConfig",
    "SinkConfig",
    "SourceConfig",
    "load_config",
    "parse_config",
]
