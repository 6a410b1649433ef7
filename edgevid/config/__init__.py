"""Configuration: YAML in, checked values out, errors with file, line and key."""

from edgevid.config.load import (
    apply_override,
    build_config,
    build_section,
    load_config,
    parse_config,
    read_values,
)
from edgevid.config.options import explain, validate_options
from edgevid.config.schema import (
    BackendConfig,
    BufferConfig,
    EventsConfig,
    ModelConfig,
    PluginConfig,
    RecordConfig,
    RunConfig,
    Seconds,
    SignalsConfig,
    SinkConfig,
    SourceConfig,
)

__all__ = [
    "BackendConfig",
    "BufferConfig",
    "EventsConfig",
    "ModelConfig",
    "PluginConfig",
    "RecordConfig",
    "RunConfig",
    "Seconds",
    "SignalsConfig",
    "SinkConfig",
    "SourceConfig",
    "apply_override",
    "build_config",
    "build_section",
    "explain",
    "load_config",
    "parse_config",
    "read_values",
    "validate_options",
]
