"""Public names of a package, each loaded when it is first used, listed once in its stub."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable
from typing import Any

_IMPORT = re.compile(r"^from (\S+) import (\S+) as \2$", re.M)


def attach(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make ``__getattr__``, ``__dir__`` and ``__all__`` of a package from its ``__init__.pyi``.

    Args:
        package: Its ``__name__``. The stub holds one ``from MODULE import NAME as NAME`` a line.
    """
    stub = (pkgutil.get_data(package, "__init__.pyi") or b"").decode("utf-8")
    modules = {name: module for module, name in _IMPORT.findall(stub)}

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(modules[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return load, names, list(modules)
