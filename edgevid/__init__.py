"""edgevid: driver-behaviour recognition as a streaming runtime.

Public names stand in ``__init__.pyi`` and are loaded when first used, so that ``import edgevid``
is quick and loads neither numpy nor OpenCV nor an inference engine.
"""

import importlib
import pkgutil
import re
from typing import Any

_STUB = (pkgutil.get_data(__name__, "__init__.pyi") or b"").decode("utf-8")
_MODULES = {name: module for module, name in re.findall(r"^from (\S+) import (\S+)", _STUB, re.M)}

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
