"""Options that a user writes as KEY=VALUE."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from edgevid import ConfigError


def read_options(pairs: Iterable[str]) -> dict[str, object]:
    """Names and values of ``--option KEY=VALUE``; values are YAML.

    Raises:
        ConfigError: If one is none.
    """
    options: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--option {pair}: write KEY=VALUE")
        try:
            options[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ConfigError(f"--option {pair}: the value is not YAML: {error}") from error
    return options
