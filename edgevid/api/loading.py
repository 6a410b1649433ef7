"""``load``: a model that is ready to run, for as many streams as you like."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edgevid.card import Card
from edgevid.closing import Closing
from edgevid.config.load import build_section
from edgevid.config.schema import BackendConfig, BackendLike, ModelConfig, PluginLike
from edgevid.errors import ConfigError
from edgevid.interfaces import Model
from edgevid.pipeline.build import BuiltModel, build_model
from edgevid.plugins import Plugins, load_plugins

if TYPE_CHECKING:
    from edgevid.api.options import PolicyLike
    from edgevid.api.session import Session

_logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 5.0


class LoadedModel(Closing):
    """A model with its backend open; streams and sessions share it, one after the other or at once.

    Close it, or use it in a ``with`` block, to give back the backend's memory.

    Examples:
        >>> import edgevid
        >>> with edgevid.load("driver") as model:
        ...     print(model.card.name, model.card.input_rate_hz, len(model.class_names))
        driver 8.0 11
    """

    def __init__(
        self, built: BuiltModel, plugins: Plugins, config: ModelConfig, backend: BackendConfig
    ) -> None:
        """Take a model that was built; use ``load``."""
        self.built = built
        self.plugins = plugins
        self.config = config
        self.backend = backend

    @property
    def model(self) -> Model:
        """The model itself, as plugins know it."""
        if self.built.closed.is_set():
            raise ValueError(f"the model {self.config.name!r} is closed; load it again")
        return self.built.model

    def usable(self) -> BuiltModel:
        """The model and its lock, for a pipeline.

        Raises:
            ValueError: If it was closed.
        """
        self.model  # noqa: B018 - raises
        return self.built

    @property
    def card(self) -> Card:
        """Class names, rate, input size, licence and everything else that is known of the model."""
        return self.built.model.card

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the scores."""
        return tuple(self.card.class_names)

    @property
    def runs_on(self) -> Mapping[str, Any]:
        """Backend and provider that really compute."""
        return self.model.runs_on

    def session(
        self,
        *,
        policy: PolicyLike | None = None,
        events: PluginLike | None = None,
        explainer: PluginLike | None = "cam",
        source: str | os.PathLike[str] = "frames",
    ) -> Session:
        """A stream of frames of your own; see ``Session``.

        Args:
            policy: A profile's name, a YAML file, or options of the engine ``policy``.
            events: Another event engine, in place of ``policy``.
            explainer: Saliency for ``Result.plot``; None for none.
            source: Identity of the drive, part of the events' ids: with a file's path they are
                those that ``stream`` gives.

        Raises:
            EdgevidError: If a name or an option is not accepted.
        """
        from edgevid.api.session import Session

        return Session(self, policy=policy, events=events, explainer=explainer, source=source)

    def close(self) -> None:
        """Release the backend. A step that hangs keeps it: it is not closed under that."""
        if self.built.closed.is_set():
            return
        self.built.closed.set()
        if not self.built.lock.acquire(timeout=_CLOSE_SECONDS):
            _logger.warning("model %s still computes; it is not closed", self.config.name)
            return
        try:
            self.built.model.close()
        finally:
            self.built.lock.release()

    def __repr__(self) -> str:
        runs_on = (
            "closed" if self.built.closed.is_set() else self.built.model.runs_on.get("provider")
        )
        return f"LoadedModel({self.card.name!r}, {len(self.class_names)} classes, {runs_on})"


def load(
    model: str | os.PathLike[str] | Mapping[str, Any] | ModelConfig | Model = "driver",
    *,
    backend: BackendLike | None = None,
    device: str | None = None,
    require: str | None = None,
    options: Mapping[str, Any] | None = None,
    verify: bool = False,
    plugins: Plugins | None = None,
) -> LoadedModel:
    """Load a model.

    Args:
        model: A registered name, a bundle's path (``my.onnx``), a dict as in YAML, or a model that
            a plugin's class made.
        backend: ``"onnxruntime"``, ``"openvino"``, ``"torch"``, or a dict as in YAML; by default
            the first that runs here.
        device: ``"cpu"``, ``"cuda"``, …; with no backend named, the same as ``require``.
        require: ``"cpu"``, ``"cuda"`` or ``"tensorrt"``: fail rather than run on anything else.
        options: The model's own options.
        verify: Repeat the bundle's parity check on the backend that runs.
        plugins: Installed plugins; they are searched for if none are given.

    Raises:
        UnknownPluginError: If no model has that name, with near names.
        ConfigError: If an option is not accepted.
        ModelError: If the bundle is malformed or no backend that may be used runs here.

    Examples:
        >>> import edgevid
        >>> model = edgevid.load("driver", backend="onnxruntime", require="cpu")
        >>> model.runs_on["provider"]
        'CPUExecutionProvider'
        >>> model.close()
    """
    plugins = plugins or load_plugins()
    if isinstance(model, Model):
        if backend is not None or device or require or options or verify:
            raise ConfigError("the model is made already; give its class these options instead")
        return wrap_model(model, plugins)
    values: Any = {"name": model} if isinstance(model, str) else model
    if options is not None:
        values = _section(ModelConfig, values, "model").model_dump() | {"options": dict(options)}
    config = _section(ModelConfig, values, "model")
    chosen = _section(BackendConfig, backend or "auto", "backend").model_dump()
    if device is not None:
        if chosen["name"] == "auto":
            require = require or device
        else:
            chosen["options"] = chosen["options"] | {"device": device}
    if require is not None:
        chosen["require"] = require
    choice = _section(BackendConfig, chosen, "backend")
    built = build_model(plugins, config, choice, verify=verify)
    return LoadedModel(_shared(built), plugins, config, choice)


def wrap_model(model: Model, plugins: Plugins) -> LoadedModel:
    """A model that exists already, for streams; its owner closes it."""
    config = ModelConfig(name=model.card.name)
    return LoadedModel(BuiltModel(model, is_shared=True), plugins, config, BackendConfig())


def _shared(built: BuiltModel) -> BuiltModel:
    return BuiltModel(built.model, built.rejected, is_shared=True)


def _section(kind: Any, value: Any, where: str) -> Any:
    return build_section(kind, value, f"edgevid.load, {where}")
