"""Policies that ship: YAML files, each saying what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from edgevid.errors import ConfigError

_SUFFIX = ".yaml"


@cache
def profile_names() -> tuple[str, ...]:
    """Profiles that ship."""
    found = (item.name for item in files(__package__).iterdir())
    return tuple(sorted(n.removesuffix(_SUFFIX) for n in found if n.endswith(_SUFFIX)))


def is_shipped(name: str) -> bool:
    """Whether a profile is one of ours, and not a file of the user's."""
    return name in profile_names()


def load_profile(name: str) -> dict[str, Any]:
    """The values of a profile, with its name.

    Args:
        name: One that ships, or the path of a YAML file.

    Raises:
        ConfigError: If there is no such profile or file, or it is no mapping.
    """
    if is_shipped(name):
        text = files(__package__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")
    elif name.endswith((".yaml", ".yml")):
        try:
            text = Path(name).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(f"events: profile {name!r} cannot be read: {reason}") from error
    else:
        raise ConfigError(
            f"events: no profile {name!r}; accepted are {', '.join(profile_names())}, or the path "
            f"of a .yaml file"
        )
    return {**_mapping(name, text), "profile": name}


def _mapping(name: str, text: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = " ".join(str(error).split())
        raise ConfigError(f"events: profile {name!r} is no YAML: {place}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"events: profile {name!r} must be a mapping of parameters to values")
    below = values.get("profile")
    if below is None:
        return values
    if not isinstance(below, str) or not is_shipped(below):
        raise ConfigError(
            f"events: profile {name!r} builds on {below!r}; it may build on "
            f"{', '.join(profile_names())}"
        )
    return merge(load_profile(below), values)


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged key by key; anything else of ``above`` replaces what is below."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]  # both mappings
    return merged
