"""Parts shared by all commands: plugins loaded once, consoles, detection of a terminal."""

from __future__ import annotations

from functools import cache

from rich.console import Console

from edgevid.plugins import Plugins, load_plugins


class Cli:
    """Switches given before the command."""

    debug = False


@cache
def loaded_plugins() -> Plugins:
    """All plugins, loaded once per process."""
    return load_plugins()


def out() -> Console:
    """Results, on standard output."""
    return Console(highlight=False)


def err() -> Console:
    """Progress and remarks, on standard error."""
    return Console(stderr=True, highlight=False)


def complete_models() -> list[str]:
    """Names for shell completion."""
    return list(loaded_plugins().models)


def complete_sinks() -> list[str]:
    """Names for shell completion."""
    return list(loaded_plugins().sinks)
