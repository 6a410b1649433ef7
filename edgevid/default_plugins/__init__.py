"""The core's basics, registered through the same hooks as a stranger's plugin."""

DEFAULT_PLUGINS = (
    "edgevid.default_plugins.sources",
    "edgevid.default_plugins.models",
    "edgevid.default_plugins.backends",
    "edgevid.default_plugins.events",
    "edgevid.default_plugins.overlays",
    "edgevid.default_plugins.explainers",
    "edgevid.default_plugins.sinks",
    "edgevid.default_plugins.signals",
)
"""Modules, each with hook implementations; names and not entry points, so that an uninstalled
clone works too."""
