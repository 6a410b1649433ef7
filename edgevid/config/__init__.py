"""Configuration: YAML in, checked values out, errors with file, line and key."""

from edgevid.config.load import load_config, parse_config
from edgevid.config.schema import (
    BackendConfig,
    BufferConfig,
    ModelConfig,
    PluginConfig,
    RunConfig,
    SinkConfig,
    SourceConfig,
)

__all__ = [
    "BackendConfig",
    "BufferConfig",
    "ModelConfig",
    "PluginConfig",
    "RunConfig",
    "SinkConfig",
    "SourceConfig",
    "load_config",
    "parse_config",
]
