"""Recorded drives in bulk: cut exactly, analysed in any order, joined as if never cut.

Public names are loaded when first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl, lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register what analyses, queries and compares recorded drives."""
    register("batch", "edgevid_batch.commands.batch:batch")
    register("diff", "edgevid_batch.commands.diff:diff")
    register("query", "edgevid_batch.commands.query:query")
