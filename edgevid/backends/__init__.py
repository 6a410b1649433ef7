"""What executes bundles: reading them, choosing a backend, and the backends themselves.

Public names are loaded when first used: a backend's library is imported only where it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgevid.backends.bundle import clip_inputs as clip_inputs
    from edgevid.backends.bundle import frame_inputs as frame_inputs
    from edgevid.backends.weights_file import Maker as Maker
    from edgevid.backends.weights_file import read_maker as read_maker
    from edgevid.backends.weights_file import write_safetensors as write_safetensors

_PUBLIC = {
    "Maker": "weights_file",
    "clip_inputs": "bundle",
    "frame_inputs": "bundle",
    "read_maker": "weights_file",
    "write_safetensors": "weights_file",
}

__all__ = [*_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
