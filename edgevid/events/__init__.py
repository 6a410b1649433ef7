"""From predictions to events: evidence, filter, segments, timers, levels, availability.

Everything here is driven by the times of predictions: no wall clock, no frame counts, nothing
random, so that the same predictions give the same events. Public names are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "merge": "edgevid.events.profiles",
    "profile_names": "edgevid.events.profiles",
}

__all__ = sorted(_PUBLIC)

if TYPE_CHECKING:
    from edgevid.events.profiles import merge as merge
    from edgevid.events.profiles import profile_names as profile_names


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
