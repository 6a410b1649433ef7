"""Failure of checks: AssertionError, also under ``python -O``."""

from __future__ import annotations


def expect(holds: bool, rule: str) -> None:
    """Raise ``AssertionError`` with the rule that is broken."""
    if not holds:
        raise AssertionError(rule)
