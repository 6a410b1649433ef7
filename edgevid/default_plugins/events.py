"""Event engines of the core."""

from __future__ import annotations

from edgevid.events.engine import PolicyEngine
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_events(register: Register) -> None:
    """Register the core's event engines."""
    register("policy", PolicyEngine)
