"""PyTorch architectures for edgevid. Importing this loads no torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_zoo.families import CATALOGUE
from edgevid_zoo.model import TsmMobileNetV2Model


@hookimpl
def register_architectures(register: Callable[[str, Any], None]) -> None:
    """Register networks that can be exported; each is imported when it is used."""
    for name, place in CATALOGUE.items():
        register(name, place)


@hookimpl
def register_models(register: Callable[[str, Any], None]) -> None:
    """Register models that run in PyTorch without a bundle."""
    register("tsm_mobilenet_v2", TsmMobileNetV2Model)
