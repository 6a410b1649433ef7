"""PyTorch networks to bundles. Importing this loads neither torch nor onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_export.command import export


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register ``edgevid export``."""
    register("export", export)
