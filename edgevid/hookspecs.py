"""The hooks: each is called once at start-up and registers classes; plain objects run per frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy

hookspec = pluggy.HookspecMarker("edgevid")
hookimpl = pluggy.HookimplMarker("edgevid")

Register = Callable[[str, Any], None]
"""``register(name, class)``; a name that is taken raises ``DuplicatePluginError``. A class whose
import is slow can be given as ``"module:class"``: it is then imported when it is first used."""


@hookspec
def register_sources(register: Register) -> None:
    """Register ``Source`` classes by URI scheme: ``register("camera", CameraSource)``."""


@hookspec
def register_models(register: Register) -> None:
    """Register ``Model`` classes by the name that ``--model`` takes."""


@hookspec
def register_architectures(register: Register) -> None:
    """Register ``Architecture`` classes: PyTorch networks that can be exported to bundles."""


@hookspec
def register_backends(register: Register) -> None:
    """Register ``Backend`` classes: what executes a bundle."""


@hookspec
def register_events(register: Register) -> None:
    """Register ``EventEngine`` classes: what turns predictions into events."""


@hookspec
def register_overlays(register: Register) -> None:
    """Register ``Overlay`` classes: what draws on a copy of a frame."""


@hookspec
def register_explainers(register: Register) -> None:
    """Register ``Explainer`` classes: what says where the evidence is."""


@hookspec
def register_sinks(register: Register) -> None:
    """Register ``Sink`` classes by the name that ``--sink NAME[:TARGET]`` takes."""


@hookspec
def register_signals(register: Register) -> None:
    """Register ``Signals`` classes by the name that ``--signals NAME[:TARGET]`` takes."""


@hookspec
def register_commands(register: Register) -> None:
    """Register ``typer.Typer`` apps or functions as commands of ``edgevid``."""
