"""Configuration: YAML in, checked values out, errors with file, line and key."""

from edgevid.config.batch import BatchConfig
from edgevid.config.load import load_config, parse_config
from edgevid.config.options import validate_options
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
    "BatchConfig",
    "BufferConfig",
    "ModelConfig",
    "PluginConfig",
    "RunConfig",
    "SinkConfig",
    "SourceConfig",
    "load_config",
    "parse_config",
    "validate_options",
]
