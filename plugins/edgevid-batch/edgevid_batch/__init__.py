"""Recorded drives in bulk: cut exactly, analysed in any order, joined as if never cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_batch.commands.batch import batch
from edgevid_batch.commands.query import query


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register the analysis of recorded drives, and queries over its tables."""
    register("batch", batch)
    register("query", query)
