"""Rendered drivers: scenes, clips and drives with labels. Importing this loads no numba.

The names of ``__all__`` are public; each is loaded when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl, lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)


@hookimpl
def register_sources(register: Callable[[str, Any], None]) -> None:
    """Register the source that renders while it is watched."""
    from edgevid_synth.source import SyntheticDriveSource

    register("synthetic", SyntheticDriveSource)


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register ``edgevid synth``."""
    from edgevid_synth.command import app

    register("synth", app)
