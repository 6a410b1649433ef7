"""What executes bundles: reading them, choosing a backend, comparing it with a card, and backends.

Public names are loaded when first used: importing this loads neither torch nor onnxruntime.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "check_golden": "edgevid.backends.golden",
    "clip_inputs": "edgevid.backends.bundle",
    "compare": "edgevid.backends.golden",
    "frame_inputs": "edgevid.backends.bundle",
    "golden_difference": "edgevid.backends.golden",
    "golden_inputs": "edgevid.backends.golden",
    "list_graph": "edgevid.backends.graph_listing",
    "Maker": "edgevid.backends.weights_file",
    "open_backend": "edgevid.backends.select",
    "open_each": "edgevid.backends.select",
    "read_card": "edgevid.backends.bundle",
    "read_maker": "edgevid.backends.weights_file",
    "read_safetensors": "edgevid.backends.weights_file",
    "Rejected": "edgevid.backends.select",
    "write_safetensors": "edgevid.backends.weights_file",
}

__all__ = sorted(_PUBLIC)

if TYPE_CHECKING:
    from edgevid.backends.bundle import clip_inputs as clip_inputs
    from edgevid.backends.bundle import frame_inputs as frame_inputs
    from edgevid.backends.bundle import read_card as read_card
    from edgevid.backends.golden import check_golden as check_golden
    from edgevid.backends.golden import compare as compare
    from edgevid.backends.golden import golden_difference as golden_difference
    from edgevid.backends.golden import golden_inputs as golden_inputs
    from edgevid.backends.graph_listing import list_graph as list_graph
    from edgevid.backends.select import Rejected as Rejected
    from edgevid.backends.select import open_backend as open_backend
    from edgevid.backends.select import open_each as open_each
    from edgevid.backends.weights_file import Maker as Maker
    from edgevid.backends.weights_file import read_maker as read_maker
    from edgevid.backends.weights_file import read_safetensors as read_safetensors
    from edgevid.backends.weights_file import write_safetensors as write_safetensors


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
