"""Finds plugins, one by one: a broken one is recorded with its reason and stops no other."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from edgevid import hookspecs
from edgevid.config import ModelConfig
from edgevid.default_plugins import DEFAULT_PLUGINS
from edgevid.hookspecs import Register
from edgevid.interfaces import (
    Architecture,
    Backend,
    EventEngine,
    Explainer,
    Model,
    Overlay,
    Signals,
    Sink,
    Source,
)
from edgevid.registry import Registry
from edgevid.version import __version__

ENTRY_POINT_GROUP = "edgevid"

_logger = logging.getLogger(__name__)

_ZOO, _TRAIN, _SYNTH, _BATCH = "edgevid-zoo", "edgevid-train", "edgevid-synth", "edgevid-batch"
_BRINGERS = {
    "source": {"synthetic": _SYNTH},
    "architecture": {"tsm_mobilenet_v2": _ZOO, "single_frame_mobilenet_v2": _ZOO},
    "model": {"tsm_mobilenet_v2": _ZOO, "hello_brightness": "edgevid-hello"},
    "sink": {"hello_tally": "edgevid-hello"},
    "command": {
        "batch": _BATCH,
        "diff": _BATCH,
        "query": _BATCH,
        "bench": "edgevid-bench",
        "export": "edgevid-export",
        "train": _TRAIN,
        "synth": _SYNTH,
        "data": _TRAIN,
        "evaluate": _TRAIN,
        "saliency": _TRAIN,
        "adapt": _TRAIN,
        "motion": _TRAIN,
    },
}


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One plugin, loaded or not."""

    name: str
    version: str
    provides: tuple[str, ...] = ()
    """For example ``sink:jsonl``."""
    error: str | None = None


@dataclass
class Plugins:
    """All registries, filled."""

    sources: Registry[type[Source]] = field(default_factory=lambda: _registry("source"))
    models: Registry[type[Model]] = field(default_factory=lambda: _registry("model"))
    architectures: Registry[type[Architecture]] = field(
        default_factory=lambda: _registry("architecture")
    )
    backends: Registry[type[Backend]] = field(default_factory=lambda: _registry("backend"))
    events: Registry[type[EventEngine]] = field(default_factory=lambda: _registry("event engine"))
    overlays: Registry[type[Overlay]] = field(default_factory=lambda: _registry("overlay"))
    explainers: Registry[type[Explainer]] = field(default_factory=lambda: _registry("explainer"))
    sinks: Registry[type[Sink]] = field(default_factory=lambda: _registry("sink"))
    signals: Registry[type[Signals]] = field(default_factory=lambda: _registry("signals"))
    commands: Registry[Any] = field(default_factory=lambda: _registry("command"))
    loaded: list[LoadedPlugin] = field(default_factory=list)

    def registries(self) -> dict[str, Registry[Any]]:
        """Hook name → registry it fills."""
        return {
            f"register_{name}": getattr(self, name)
            for name in (
                "sources",
                "models",
                "architectures",
                "backends",
                "events",
                "overlays",
                "explainers",
                "sinks",
                "signals",
                "commands",
            )
        }

    def model_for_path(self, path: str) -> tuple[str, dict[str, Any]] | None:
        """Name and options of the model that runs the file at ``path``; None if none does."""
        for name, cls in self.models.items():
            if (options := cls.options_for_path(path)) is not None:
                return name, dict(options)
        return None

    def add(self, module: Any, *, name: str, version: str) -> None:
        """Register one plugin module; on failure take back all of it and record why."""
        manager = pluggy.PluginManager("edgevid")
        manager.add_hookspecs(hookspecs)
        try:
            # One manager for each plugin, so that pluggy's validation, too, blames only this one.
            manager.register(module, name=name)
            manager.check_pending()
            for hook, registry in self.registries().items():
                getattr(manager.hook, hook)(register=_register_for(registry, name))
        except Exception as error:
            for registry in self.registries().values():
                registry.remove_origin(name)
            self.fail(name, version, error)
            return
        provides = tuple(
            f"{registry.role}:{item}"
            for registry in self.registries().values()
            for item in registry
            if registry.origin(item) == name
        )
        self.loaded.append(LoadedPlugin(name, version, provides))

    def fail(self, name: str, version: str, error: BaseException) -> None:
        """Record a plugin that could not be loaded."""
        reason = f"{type(error).__name__}: {error}"
        _logger.warning("plugin %s is not available: %s", name, reason)
        self.loaded.append(LoadedPlugin(name, version, error=reason))


def _registry(role: str) -> Registry[Any]:
    default = ModelConfig().name if role == "model" else None
    return Registry(role, _BRINGERS.get(role), default=default)


def _register_for(registry: Registry[Any], origin: str) -> Register:
    def register(name: str, item: Any) -> None:
        registry.add(name, item, origin=origin)

    return register


def load_plugins(
    extra: Iterable[ModuleType] = (), *, discover: bool = True, points: Iterable[EntryPoint] = ()
) -> Plugins:
    """Load the default plugins, then every installed one.

    Args:
        extra: Modules to register beside them, for tests and embedding programs.
        discover: False leaves out what is installed.
        points: Further entry points.
    """
    plugins = Plugins()
    for module_name in DEFAULT_PLUGINS:
        module = importlib.import_module(module_name)
        plugins.add(module, name=module_name, version=__version__)
    found = list(points)
    if discover:
        found += sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda p: p.name)
    for point in found:
        version = point.dist.version if point.dist else "unknown"
        try:
            module = point.load()
        except Exception as error:
            plugins.fail(point.name, version, error)
        else:
            plugins.add(module, name=point.name, version=version)
    for module in extra:
        plugins.add(module, name=module.__name__, version="unknown")
    return plugins
