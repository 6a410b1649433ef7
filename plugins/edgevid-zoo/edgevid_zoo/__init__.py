"""PyTorch architectures for edgevid. Importing this loads no torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_zoo.families import ARCHITECTURES
from edgevid_zoo.families.tsm import TsmMobileNetV2
from edgevid_zoo.model import TsmMobileNetV2Model


@hookimpl
def register_architectures(register: Callable[[str, Any], None]) -> None:
    """Register networks that can be exported."""
    for architecture in ARCHITECTURES:
        register(architecture.name, architecture)


@hookimpl
def register_models(register: Callable[[str, Any], None]) -> None:
    """Register the same networks as models that run in PyTorch without a bundle."""
    register(TsmMobileNetV2.name, TsmMobileNetV2Model)
