"""Build everything that a configuration names: look up the plugin, check its options, make it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgevid.backends.golden import check_golden
from edgevid.backends.select import Rejected, open_backend
from edgevid.card import Card
from edgevid.config.options import validate_options
from edgevid.config.schema import (
    BackendConfig,
    ModelConfig,
    PluginConfig,
    RunConfig,
    SignalsConfig,
    SinkConfig,
    SourceConfig,
)
from edgevid.errors import (
    BackendUnavailableError,
    ConfigError,
    PluginError,
    SignalsError,
    SinkError,
)
from edgevid.interfaces import Backend, EventEngine, Explainer, Model, ModelContext, Signals, Source
from edgevid.io import redact
from edgevid.media.uri import parse_source
from edgevid.pipeline.dispatch import NamedOverlay, NamedSink
from edgevid.plugins import Plugins

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model, and which backends were passed over for it."""

    model: Model
    rejected: Sequence[Rejected] = ()
    is_shared: bool = False
    """Whether it outlives the run: the pipeline does not close it then."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while it computes, so that several streams may share it."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set when its owner closes it; a stream that still goes on says so instead of using it."""


def build_source(plugins: Plugins, config: SourceConfig) -> Source:
    """Build the source that a URI means; it is not opened yet."""
    # A source that a plugin would bring is known by name, so that the error has the pip command.
    parsed = parse_source(config.uri, sorted({*plugins.sources, *plugins.sources.bringers}))
    cls = plugins.sources[parsed.scheme]
    _refuse_unavailable("source", parsed.scheme, cls)
    options = validate_options(
        cls.Options, {**parsed.options, **config.options}, f"source {parsed.scheme}"
    )
    return cls(options, parsed.uri)


def build_model(
    plugins: Plugins,
    config: ModelConfig,
    backend: BackendConfig,
    *,
    want_saliency: bool = True,
    verify: bool = False,
) -> BuiltModel:
    """Build a model by name, or a bundle by path, with the backend the user chose.

    Args:
        plugins: Installed plugins.
        config: Which model.
        backend: Backends that may execute it.
        want_saliency: Whether saliency maps are drawn or stored.
        verify: Repeat the bundle's parity check on the backend that runs.

    Raises:
        ParityError: If the backend gives other numbers than the bundle's card.
    """
    name, options = config.name, dict(config.options)
    if name not in plugins.models and (found := plugins.model_for_path(name)) is not None:
        name, options = found[0], {**found[1], **options}
    cls = plugins.models[name]
    _refuse_unavailable("model", name, cls)
    rejected: list[Rejected] = []

    verified = False

    def open_chosen(path: Path, card: Card, failed: Backend | None = None) -> Backend:
        nonlocal verified
        chosen = open_backend(path, card, backend, plugins.backends, context, failed)
        rejected.extend(chosen.rejected)
        if verify:
            try:
                difference = check_golden(chosen.backend, card)
            except BaseException:
                chosen.backend.close()
                raise
            _logger.info("%s: parity holds: %.1e of the logits' spread", path.name, difference)
            verified = True
        return chosen.backend

    context = ModelContext(
        open_backend=open_chosen,
        open_architecture=lambda wanted: plugins.architectures[wanted](),
        want_saliency=want_saliency,
    )
    model = cls(validate_options(cls.Options, options, f"model {name}"), context)
    if verify and not verified:
        model.close()
        raise ConfigError(f"verify: the model {name!r} is no bundle: there is nothing to compare")
    try:
        _honour_require(model, name, backend)
    except BackendUnavailableError:
        model.close()
        raise
    return BuiltModel(model, rejected)


def _honour_require(model: Model, name: str, backend: BackendConfig) -> None:
    """A model that brings its own arithmetic must not slip past ``require``."""
    provider = str(model.runs_on.get("provider", "")).lower()
    required = backend.require
    if required and required not in provider:
        raise BackendUnavailableError(
            f"require: {required} cannot be met: model {name!r} runs on {provider or 'unknown'}"
        )


def build_events(plugins: Plugins, config: PluginConfig, card: Card) -> EventEngine:
    """Build the event engine; the model's card may bring a policy of its own.

    Raises:
        EdgevidError: If the card or the configuration asks for something that is not accepted.
    """
    cls = plugins.events[config.name]
    options = cls.options_for(card, config.options)
    return cls(validate_options(cls.Options, options, f"events {config.name}"), card)


def build_explainer(
    plugins: Plugins, config: PluginConfig, backend: BackendConfig | None = None
) -> Explainer:
    """Build an explainer; if it runs a bundle of its own, that is on the user's backend too."""
    cls = plugins.explainers[config.name]
    options = validate_options(cls.Options, config.options, f"explainer {config.name}")

    choice = backend or BackendConfig()
    if choice.name == "torch":
        # A saliency bundle is a graph without a PyTorch checkpoint.
        choice = BackendConfig(require=choice.require)

    def open_companion(path: Path, card: Card, failed: Backend | None = None) -> Backend:
        return open_backend(path, card, choice, plugins.backends, failed=failed).backend

    return cls(options, ModelContext(open_backend=open_companion))


def build_overlays(plugins: Plugins, configs: Sequence[PluginConfig]) -> list[NamedOverlay]:
    """Build overlays in the order in which they draw."""
    built = []
    for config in configs:
        cls = plugins.overlays[config.name]
        options = validate_options(cls.Options, config.options, f"overlay {config.name}")
        built.append(NamedOverlay(config.name, cls(options)))
    return built


def build_sinks(plugins: Plugins, configs: Sequence[SinkConfig]) -> list[NamedSink]:
    """Build sinks; they are not opened yet."""
    built: list[NamedSink] = []
    for config in configs:
        cls = plugins.sinks[config.name]
        _refuse_unavailable("sink", config.name, cls)
        if cls.needs_target and not config.target:
            raise SinkError(
                f"sink {config.name!r} needs a target; write {config.name}:TARGET, "
                f"for example {config.name}:out/{config.name}"
            )
        options = validate_options(cls.Options, config.options, f"sink {config.name}")
        shown = redact(config.target) if config.target else None
        built.append(NamedSink(config.name, cls(options, config.target), shown))
    targets = [s.target for s in configs if s.target]
    if len(set(targets)) != len(targets):
        raise SinkError(f"two sinks write to the same target: {', '.join(map(redact, targets))}")
    return built


def build_signals(plugins: Plugins, config: SignalsConfig) -> Signals:
    """Build the source of speed and standstill; it is not opened yet."""
    cls = plugins.signals[config.name]
    _refuse_unavailable("signals", config.name, cls)
    if cls.needs_target and not config.target:
        raise SignalsError(f"signals {config.name!r} need a target; write {config.name}:TARGET")
    options = validate_options(cls.Options, config.options, f"signals {config.name}")
    return cls(options, config.target)


def redacted_config(config: RunConfig) -> dict[str, Any]:
    """The configuration as it may be stored: without passwords."""
    hidden: dict[str, Any] = _hide(config.model_dump(mode="json"))
    return hidden


def _hide(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _hide(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner, key) for inner in value]
    if isinstance(value, str):
        if value and redact(f"{key}=x") != f"{key}=x":
            return "***"
        return redact(value)
    return value


def _refuse_unavailable(role: str, name: str, cls: Any) -> None:
    if reason := cls.unavailable():
        raise PluginError(f"{role} {name!r} cannot run here: {reason}")


def check_options(plugins: Plugins, config: RunConfig) -> None:
    """Check every name and every plugin's options of a configuration; opens nothing.

    Raises:
        EdgevidError: If one is not accepted.
    """
    build_source(plugins, config.source).close()
    name, options = config.model.name, dict(config.model.options)
    if name not in plugins.models and (found := plugins.model_for_path(name)) is not None:
        name, options = found[0], {**found[1], **options}
    validate_options(plugins.models[name].Options, options, f"model {name}")
    events = plugins.events[config.events.name]
    validate_options(events.Options, config.events.options, f"events {config.events.name}")
    if config.explainer is not None:
        build_explainer(plugins, config.explainer)
    build_overlays(plugins, config.overlays)
    build_sinks(plugins, config.sinks)
    if config.signals is not None:
        build_signals(plugins, config.signals)
