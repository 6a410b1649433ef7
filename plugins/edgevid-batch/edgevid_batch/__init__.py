"""Recorded drives in bulk: cut exactly, analysed in any order, joined as if never cut.

Public names are loaded when first used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edgevid import hookimpl

_PUBLIC = {
    "BatchConfig": "edgevid_batch.config",
    "BatchResult": "edgevid_batch.runner",
    "Query": "edgevid_batch.query",
    "RayConfig": "edgevid_batch.config",
    "run_batch": "edgevid_batch.runner",
    "StudyConfig": "edgevid_batch.config",
    "study_charts": "edgevid_batch.study",
    "TelemetryConfig": "edgevid_batch.config",
}

__all__ = ["register_commands", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from edgevid_batch.config import BatchConfig as BatchConfig
    from edgevid_batch.config import RayConfig as RayConfig
    from edgevid_batch.config import StudyConfig as StudyConfig
    from edgevid_batch.config import TelemetryConfig as TelemetryConfig
    from edgevid_batch.query import Query as Query
    from edgevid_batch.runner import BatchResult as BatchResult
    from edgevid_batch.runner import run_batch as run_batch
    from edgevid_batch.study import study_charts as study_charts


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register the analysis of recorded drives, and queries over its tables."""
    register("batch", "edgevid_batch.commands.batch:batch")
    register("query", "edgevid_batch.commands.query:query")


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
