"""Arguments that ``stream``, ``astream`` and ``run`` share, and the configuration made of them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from typing_extensions import TypedDict

from edgevid.api.loading import LoadedModel, wrap_model
from edgevid.config.load import build_config
from edgevid.config.schema import (
    BackendLike,
    BufferConfig,
    ModelConfig,
    PathLike,
    PluginLike,
    RecordConfig,
    RunConfig,
    SinkLike,
    SourceLike,
)
from edgevid.errors import ConfigError
from edgevid.interfaces import Model
from edgevid.plugins import Plugins

ModelLike: TypeAlias = "PathLike | Mapping[str, Any] | ModelConfig | Model | LoadedModel"
"""A name, a bundle's path, a dict as in YAML, a plugin's model, or what ``load`` returned."""
PolicyLike: TypeAlias = "PathLike | Mapping[str, Any]"
"""A profile's name, a YAML file of your own, or the policy's options."""


class RunOptions(TypedDict, total=False):
    """Keyword arguments of ``stream``, ``astream`` and ``run``; all may be left out."""

    policy: PolicyLike
    """A profile (``"fleet"``, a YAML file), or options of the event engine ``policy``."""
    events: PluginLike
    """Another event engine, in place of ``policy``."""
    signals: SinkLike | None
    """Speed of the vehicle: ``"csv:speed.csv"``."""
    sinks: Sequence[SinkLike]
    """Further outputs: ``["jsonl:events.jsonl", "video:annotated.mp4"]``; none by default."""
    overlays: Sequence[PluginLike]
    """Drawn for sinks that take images."""
    explainer: PluginLike | None
    """Saliency: ``"cam"`` (default), ``"gradient"``, ``"smoothgrad"``; None for none."""
    backend: BackendLike
    """``"onnxruntime"``, or ``{"require": "cuda"}``; only with a model that is not loaded yet."""
    verify: bool
    """Repeat the bundle's parity check first; only with a model that is not loaded yet."""
    buffer: Mapping[str, Any] | BufferConfig
    """``{"policy": "freshest"}`` makes a file behave like a camera."""
    record: PathLike | Mapping[str, Any] | RecordConfig | None
    """A new folder for ``edgevid replay``."""
    duration_seconds: float | None
    """Stop after this much source time, seconds."""
    run_json: PathLike | None
    """Path for the run's result."""


def run_config(
    source: SourceLike, model: ModelLike, options: Mapping[str, Any], plugins: Plugins
) -> tuple[RunConfig, LoadedModel | None]:
    """The configuration that arguments mean, and the model if it is loaded already.

    Raises:
        TypeError: If there is no such argument.
        ConfigError: If a value is not accepted.
    """
    known = RunOptions.__annotations__
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"accepted: {', '.join(known)}"
            raise TypeError(f"unexpected argument {name!r}; {hint}")
    values: dict[str, Any] = {"sinks": (), **options, "source": source, "model": model}
    loaded = None
    if isinstance(model, Model | LoadedModel):
        loaded = model if isinstance(model, LoadedModel) else wrap_model(model, plugins)
        if given := [name for name in ("backend", "verify") if options.get(name)]:
            raise ConfigError(f"{given[0]}: the model is loaded already; give it to edgevid.load")
        values |= {"model": loaded.config, "backend": loaded.backend}
    values |= {"events": events_of(values.pop("policy", None), values.pop("events", None))}
    return build_config(values, "edgevid"), loaded


def events_of(policy: PolicyLike | None, events: PluginLike | None) -> PluginLike:
    """The event engine's section, from a policy or an engine.

    Raises:
        ConfigError: If both are given.
    """
    if policy is not None and events is not None:
        raise ConfigError(
            "policy and events are both set; policy is short for events, use one of the two"
        )
    if policy is None:
        return "policy" if events is None else events
    options = {"profile": os.fspath(policy)} if isinstance(policy, str | os.PathLike) else policy
    return {"name": "policy", "options": dict(options)}
