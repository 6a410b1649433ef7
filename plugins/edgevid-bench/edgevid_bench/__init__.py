"""``edgevid bench``: benchmarks of this machine, candidates alternating within one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_bench.commands import app


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register ``edgevid bench``."""
    register("bench", app)
